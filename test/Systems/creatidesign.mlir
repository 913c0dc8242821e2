// CreatiDesign: objects, prompt, image and subject in one sequence. segment[b, t]: 0 prompt, 1 image, 2 subject, 3 + n
// object n < 31. boxes[b, t]: bit n is set where image token t lies in the box of object n. inside[b, t]: not 0 where
// token t of image or subject lies in the mask of the subject.
// visible(b, i, j) = segment i == segment j, or one is of an object and the other an image token in its box, or
//   prompt  sees image, and subject tokens inside
//   image   sees prompt, and subject if i is inside
//   subject sees image tokens inside
// The entry names no tensors: these three are ours. A subject sees all of itself; the code can drop what is outside.
//
// Source: Zhang et al. 2025, CreatiDesign (arXiv:2505.19114), and its code.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %segment: tensor<?x?xi32> {attn.name = "segment", attn.shape = ["B", "L"], attn.random = "segments"},
    %boxes: tensor<?x?xi32> {attn.name = "boxes", attn.shape = ["B", "L"], attn.random = "segments"},
    %inside: tensor<?x?xi32> {attn.name = "inside", attn.shape = ["B", "L"], attn.random = "segments"})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %own = attn.mask.document %segment, %segment : tensor<?x?xi32>, tensor<?x?xi32>
  %others = attn.mask.free (%segment, %boxes, %inside : tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index,
       %segments: tensor<?x?xi32>, %bits: tensor<?x?xi32>, %masked: tensor<?x?xi32>):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c3 = arith.constant 3 : i32
    %c31 = arith.constant 31 : i32
    %of = attn.read %segments[%b, %i] : tensor<?x?xi32>
    %to = attn.read %segments[%b, %j] : tensor<?x?xi32>
    %ofPrompt = arith.cmpi eq, %of, %c0 : i32
    %ofImage = arith.cmpi eq, %of, %c1 : i32
    %ofSubject = arith.cmpi eq, %of, %c2 : i32
    %ofObject = arith.cmpi sge, %of, %c3 : i32
    %toPrompt = arith.cmpi eq, %to, %c0 : i32
    %toImage = arith.cmpi eq, %to, %c1 : i32
    %toSubject = arith.cmpi eq, %to, %c2 : i32
    %toObject = arith.cmpi sge, %to, %c3 : i32
    %inI = attn.read %masked[%b, %i] : tensor<?x?xi32>
    %inJ = attn.read %masked[%b, %j] : tensor<?x?xi32>
    %isInI = arith.cmpi ne, %inI, %c0 : i32
    %isInJ = arith.cmpi ne, %inJ, %c0 : i32

    %most = arith.maxsi %of, %to : i32
    %atLeast = arith.maxsi %most, %c3 : i32
    %number = arith.subi %atLeast, %c3 : i32
    %bit = arith.minsi %number, %c31 : i32
    %boxesI = attn.read %bits[%b, %i] : tensor<?x?xi32>
    %boxesJ = attn.read %bits[%b, %j] : tensor<?x?xi32>
    %ofBoxes = arith.select %ofImage, %boxesI, %boxesJ : i32
    %shifted = arith.shrui %ofBoxes, %bit : i32
    %lowest = arith.andi %shifted, %c1 : i32
    %isInBox = arith.cmpi ne, %lowest, %c0 : i32
    %up = arith.andi %ofObject, %toImage : i1
    %down = arith.andi %ofImage, %toObject : i1
    %either = arith.ori %up, %down : i1
    %object = arith.andi %either, %isInBox : i1

    %promptSubject = arith.andi %toSubject, %isInJ : i1
    %promptSees = arith.ori %toImage, %promptSubject : i1
    %prompt = arith.andi %ofPrompt, %promptSees : i1
    %imageSubject = arith.andi %toSubject, %isInI : i1
    %imageSees = arith.ori %toPrompt, %imageSubject : i1
    %image = arith.andi %ofImage, %imageSees : i1
    %subjectSees = arith.andi %toImage, %isInJ : i1
    %subject = arith.andi %ofSubject, %subjectSees : i1

    %1 = arith.ori %object, %prompt : i1
    %2 = arith.ori %image, %subject : i1
    %visible = arith.ori %1, %2 : i1
    attn.yield %visible : i1
  }
  %mask = attn.mask.or %own, %others
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
