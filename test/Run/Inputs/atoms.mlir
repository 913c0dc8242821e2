// One program per mask atom; ELEMENT is replaced by f32 or bf16. Tables are given.
// The first keys, and a window of its own width per head (streaming).
func.func @first(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %per_head: tensor<6xi32> {attn.name = "per_head", attn.shape = ["Hq"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %f = attn.mask.first count(5)
  %w = attn.mask.window left(%per_head : tensor<6xi32>)
  %c = attn.mask.causal
  %n = attn.mask.or %f, %w
  %m = attn.mask.and %n, %c
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// A prefix language model; a prefix may be below 0 or beyond Lk.
func.func @prefix(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %prefix: tensor<?xi32> {attn.name = "prefix", attn.shape = ["B"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %p = attn.mask.prefix %prefix : tensor<?xi32>
  %c = attn.mask.causal
  %m = attn.mask.or %p, %c
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// The prefix alone: batches that see nothing.
func.func @prefix_alone(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %prefix: tensor<?xi32> {attn.name = "prefix", attn.shape = ["B"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.prefix %prefix : tensor<?xi32>
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Blocks that are no multiple of a tile, causal inside.
func.func @block(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %b = attn.mask.block size(50)
  %c = attn.mask.causal offset(2)
  %m = attn.mask.and %b, %c
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Every parameter per head. Numbers may be any: sizes below 1 count as 1.
func.func @per_head(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %per_head: tensor<6xi32> {attn.name = "per_head", attn.shape = ["Hq"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %c = attn.mask.causal offset(%per_head : tensor<6xi32>)
  %f = attn.mask.first count(%per_head : tensor<6xi32>)
  %b = attn.mask.block size(%per_head : tensor<6xi32>)
  %w = attn.mask.window left(20) right(%per_head : tensor<6xi32>)
  %0 = attn.mask.and %c, %w
  %1 = attn.mask.not %f
  %m = attn.mask.or %0, %b, %1
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// A table read by key, cut off by a limit.
func.func @first_documents(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %doc: tensor<?x?xi32> {attn.name = "doc", attn.shape = ["B", "Lk"], attn.random = "segments"})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %f = attn.mask.first count(70)
  %d = attn.mask.free (%doc : tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>):
    %id = attn.read %ids[%b, %j] : tensor<?x?xi32>
    %two = arith.constant 2 : i32
    %low = arith.cmpi slt, %id, %two : i32
    attn.yield %low : i1
  }
  %m = attn.mask.and %f, %d
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// A free region with a branch, a remainder and a number per head.
func.func @free(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %per_head: tensor<6xi32> {attn.name = "per_head", attn.shape = ["Hq"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.free (%per_head : tensor<6xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %dilation: tensor<6xi32>):
    %near = arith.constant 9 : index
    %d = arith.subi %i, %j : index
    %a = math.absi %d : index
    %is_near = arith.cmpi sle, %a, %near : index
    %visible = scf.if %is_near -> i1 {
      %true = arith.constant true
      scf.yield %true : i1
    } else {
      %n = attn.read %dilation[%h] : tensor<6xi32>
      %one = arith.constant 1 : i32
      %step = arith.maxsi %n, %one : i32
      %step_index = arith.index_cast %step : i32 to index
      %r = arith.remsi %a, %step_index : index
      %zero = arith.constant 0 : index
      %on = arith.cmpi eq, %r, %zero : index
      scf.yield %on : i1
    }
    attn.yield %visible : i1
  }
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Blocks marked per batch and head.
func.func @bitmap(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %bits: tensor<?x6x?x?xi1> {attn.name = "bits", attn.shape = ["B", "Hq", "Nq", "Nk"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.block_bitmap %bits per_batch per_head size(64, 128) : tensor<?x6x?x?xi1>
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Small blocks per batch, in which causal queries see all but what is marked.
func.func @bitmap_not(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %bits: tensor<?x?x?xi32> {attn.name = "bits", attn.shape = ["B", "Nq", "Nk"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %b = attn.mask.block_bitmap %bits per_batch size(17, 20) : tensor<?x?x?xi32>
  %n = attn.mask.not %b
  %c = attn.mask.causal
  %m = attn.mask.and %n, %c
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Blocks of keys chosen for each query, by heads; more than a tile of a GPU reads.
func.func @bitmap_by_query(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %bits: tensor<6x?x?xi8> {attn.name = "bits", attn.shape = ["Hq", "Nq", "Nk"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.block_bitmap %bits per_head size(1, 64) : tensor<6x?x?xi8>
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}
