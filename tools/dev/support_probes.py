"""The small programs that write_support.py compiles: one per feature of the language.

Names of ops are read from the .td files and from codegen/lib/Kernel/RegionLegality.cpp. An op that has
no probe here stops the tool, so a new one can not be forgotten.
"""
import re

BATCH = {"q": ("4", "Hq", "Lq"), "k": ("2", "Hk", "Lk"), "v": ("2", "Hk", "Lk")}


class Cannot(Exception):
    """An op has no probe."""


def tensor(name, element, size):
    heads, letter, length = BATCH[name]
    return (f'%{name}: tensor<?x{heads}x?x{size}x{element}> '
            f'{{attn.name = "{name}", attn.shape = ["B", "{letter}", "{length}", "{"Dv" if name == "v" else "D"}"]}}')


class Probe:
    """A function of one attend: what stands in it besides q, k and v."""

    def __init__(self, family, title, tables=(), before="", stream="", attend="", results=("o",), q_size=64, v_size=64,
                 element=None, second=False, q_lengths=""):
        self.family, self.title, self.tables, self.before, self.stream = family, title, tables, before, stream
        self.attend, self.results, self.q_size, self.v_size = attend, results, q_size, v_size
        self.element, self.second, self.q_lengths = element, second, q_lengths

    def text(self, name, element):
        """The function; `element` unless the probe is about a type."""
        element = self.element or element
        types = {"Q": f"tensor<?x4x?x{self.q_size}x{element}>", "K": f"tensor<?x2x?x{self.q_size}x{element}>",
                 "V": f"tensor<?x2x?x{self.v_size}x{element}>", "O": f"tensor<?x4x?x{self.v_size}x{element}>",
                 "N": "tensor<?x4x?xf32>", "A": f"tensor<?x4x?x{self.v_size}xf32>"}
        arguments = [tensor("q", element, self.q_size), tensor("k", element, self.q_size), tensor("v", element, self.v_size)]
        arguments += [f"%{name}: {type} {{{attributes}}}" for name, type, attributes in self.tables]
        results = [types["O" if r == "o" else "A" if r == "acc" else "N"] for r in self.results]
        attend_types = {"o": "$O", "lse": ", $N", "mass": " mass($N)", "m": " state($N, ", "l": "$N, ", "acc": "$A)"}
        values = ", ".join(f"%{r}" for r in self.results)
        lines = [f"func.func @{name}({', '.join(arguments)}) -> ({', '.join(results)}) {{", *self.before.splitlines(),
                 f"%keys = attn.stream %k, %v{self.stream} : $K, $V"]
        lines += ["%others = attn.stream %k, %v : $K, $V"] if self.second else []
        lines += f"{values} = attn.attend %q{self.q_lengths} over %keys{', %others' if self.second else ''}{self.attend} : $Q -> ".splitlines()
        lines[-1] += "".join(attend_types[r] for r in self.results)
        lines += [f"return {values} : {', '.join(results)}", "}"]
        return re.sub(r"\$([A-Z])", lambda m: types[m[1]], "\n".join(lines))


LENGTHS = 'attn.shape = ["{}"], attn.random = "lengths"'
IDS = ("ids", "tensor<?x?xi32>", 'attn.name = "ids", attn.shape = ["B", "Lq"], attn.random = "segments"')
KEY_IDS = ("keyIds", "tensor<?x?xi32>", 'attn.name = "keyIds", attn.shape = ["B", "Lk"], attn.random = "segments"')
PREFIX = ("n", "tensor<?xi32>", 'attn.name = "n", attn.shape = ["B"], attn.random = "indices<Lk>"')
SLICES = ("slices", "tensor<3x5xi32>", 'attn.name = "slices", attn.random = "indices<Lk>"')
BITS = ("bits", "tensor<?x4x?x?xi1>", 'attn.name = "bits", attn.shape = ["B", "Hq", "Lq", "Lk"], attn.random = "segments"')
PER_BATCH = ("n", "tensor<?xi32>", 'attn.name = "n", attn.shape = ["B"], attn.random = "lengths"')
MASKS = {
    "causal": ("attn.mask.causal offset(-1)", ()),
    "window": ("attn.mask.window left(7) right(0)", ()),
    "document": ("attn.mask.document %ids, %keyIds : tensor<?x?xi32>, tensor<?x?xi32>", (IDS, KEY_IDS)),
    "first": ("attn.mask.first count(4)", ()),
    "prefix": ("attn.mask.prefix %n : tensor<?xi32>", (PREFIX,)),
    "block": ("attn.mask.block size(16)", ()),
    "neighborhood": ("attn.mask.neighborhood shape(8, 16) window(3, 5)", ()),
    "block_causal": ("attn.mask.block_causal size(16)", ()),
    "stride": ("attn.mask.stride every(3) size(16) step(1)", ()),
    "power_of_two": ("attn.mask.power_of_two size(16)", ()),
    "staircase": ("attn.mask.staircase step(4) offset(3)", ()),
    "two_stream": ("attn.mask.two_stream size(16)", ()),
    "slices": ("attn.mask.slices %slices : tensor<3x5xi32>", (SLICES,)),
    "rows": ("attn.mask.rows %ids : tensor<?x?xi32>", (IDS,)),
    "columns": ("attn.mask.columns %keyIds : tensor<?x?xi32>", (KEY_IDS,)),
    "block_bitmap": ("attn.mask.block_bitmap %bits per_batch per_head size(16, 8) : tensor<?x4x?x?xi1>", (BITS,)),
    "free": ("attn.mask.free {\n^bb0(%b: index, %h: index, %i: index, %j: index):\n"
             "%two = arith.constant 2 : index\n%d = arith.subi %j, %i : index\n%r = arith.remsi %d, %two : index\n"
             "%zero = arith.constant 0 : index\n%even = arith.cmpi eq, %r, %zero : index\nattn.yield %even : i1\n}", ()),
    "and": ("attn.mask.and %x, %y", ()), "or": ("attn.mask.or %x, %y", ()), "not": ("attn.mask.not %x", ())}
OPERANDS = "%x = attn.mask.causal\n%y = attn.mask.window left(7)\n"
ALL_LENGTHS = {"per_batch": "attn.lengths.per_batch %n : tensor<?xi32>", "packed": None}

PACKED = """func.func @{name}(%q: tensor<4x?x64x{e}> {{attn.name = "q", attn.shape = ["Hq", "T", "D"]}},
 %k: tensor<2x?x64x{e}> {{attn.name = "k", attn.shape = ["Hk", "T", "D"]}}, %v: tensor<2x?x64x{e}> {{attn.name = "v", attn.shape = ["Hk", "T", "D"]}},
 %n: tensor<?xi32> {{attn.name = "n", attn.shape = ["N"], attn.random = "lengths"}}) -> tensor<4x?x64x{e}> {{
%l = attn.lengths.packed %n : tensor<?xi32>
%s = attn.stream %k, %v lengths(%l) : tensor<2x?x64x{e}>, tensor<2x?x64x{e}>
%o = attn.attend %q lengths(%l) over %s : tensor<4x?x64x{e}> -> tensor<4x?x64x{e}>
return %o : tensor<4x?x64x{e}>
}}"""


class Packed(Probe):
    def text(self, name, element):
        return PACKED.format(name=name, e=element)


ORDERED = """func.func @{name}(%q: tensor<?x4x?x64x{e}> {{attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]}},
 %k: tensor<?x2x?x64x{e}> {{attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}}) -> tensor<?x4x?x64x{e}> {{
%two = arith.constant 2 : index
%n = tensor.dim %q, %two : tensor<?x4x?x64x{e}>
%m = tensor.dim %k, %two : tensor<?x2x?x64x{e}>
%l = attn.layout.grid shape(%n) {order}
%r = attn.layout.grid shape(%m) {order}
%qt = attn.reorder %q by %l : tensor<?x4x?x64x{e}> -> tensor<?x4x?x64x{e}>
%kt = attn.reorder %k by %r : tensor<?x2x?x64x{e}> -> tensor<?x2x?x64x{e}>
%s = attn.stream %kt, %kt : tensor<?x2x?x64x{e}>, tensor<?x2x?x64x{e}>
%ot = attn.attend %qt over %s : tensor<?x4x?x64x{e}> -> tensor<?x4x?x64x{e}>
%o = attn.restore %ot by %l : tensor<?x4x?x64x{e}> -> tensor<?x4x?x64x{e}>
return %o : tensor<?x4x?x64x{e}>
}}"""


class Ordered(Probe):
    def __init__(self, feature, order):
        super().__init__("orders of tokens (`attn.reorder`, `attn.restore`)", feature)
        self.order = order

    def text(self, name, element):
        return ORDERED.format(name=name, e=element, order=self.order)


def layouts():
    yield Ordered("tiles", "tile(4)")
    yield Ordered("residues", "dilation(3)")
    yield Ordered("roll", "shift(1)")


def masks(names):
    for name in names:
        if name not in MASKS:
            raise Cannot(f"attn.mask.{name} has no probe")
        text, tables = MASKS[name]
        before = (OPERANDS if name in ("and", "or", "not") else "") + f"%mask = {text}"
        yield Probe("masks", f"`attn.mask.{name}`", tables, before, " mask %mask")


def lengths(names):
    yield Probe("lengths", "full")
    for name in names:
        if name == "packed":
            yield Packed("lengths", "`attn.lengths.packed`")
        elif name in ALL_LENGTHS:
            yield Probe("lengths", f"`attn.lengths.{name}`", (PER_BATCH,), f"%l = {ALL_LENGTHS[name]}", " lengths(%l)",
                        q_lengths=" lengths(%l)")
        else:
            raise Cannot(f"attn.lengths.{name} has no probe")


SINK = ("sink", "tensor<4xf32>", 'attn.name = "sink", attn.shape = ["Hq"]')
OUT = ("before", "tensor<?x4x?x64xf32>", 'attn.name = "before", attn.shape = ["B", "Hq", "Lq", "Dv"]')
LSE = ("logit", "tensor<?x4x?xf32>", 'attn.name = "logit", attn.shape = ["B", "Hq", "Lq"]')
STATE = "%st = attn.state %before, %logit : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>"
MERGED = STATE + """
%m, %ml = attn.merge %st, %st : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
%both = attn.state %m, %ml : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>"""


def folds():
    yield Probe("streams and states", "several streams under one normaliser", second=True)
    yield Probe("streams and states", "head map of a stream (`heads`)", stream=" heads [0, 1, 1, 0]")
    yield Probe("streams and states", "sink logits (`sink`)", (SINK,), attend=" sink(%sink : tensor<4xf32>)")
    yield Probe("streams and states", "state resumed (`from`)", (OUT, LSE), STATE, attend=" from %st")
    yield Probe("streams and states", "`attn.merge`", (OUT, LSE), MERGED, attend=" from %both")
    yield Probe("results", "out")
    yield Probe("results", "lse", results=("o", "lse"))
    yield Probe("results", "mass of each stream", results=("o", "mass"))
    yield Probe("results", "state (m, l, acc)", results=("o", "m", "l", "acc"))


def types():
    for element in ("f32", "f16", "bf16", "f64", "f8E4M3FN"):
        yield Probe("element types", element, element=element)


def sizes():
    for size in (1, 7, 64, 72, 80, 96, 128, 192, 256, 257, 576):
        yield Probe("head sizes", f"D = Dv = {size}", q_size=size, v_size=size)
    yield Probe("head sizes", "D 64, Dv 128", v_size=128)
    yield Probe("head sizes", "D 576, Dv 512", q_size=576, v_size=512)


# %f is a f32, %n an i32; every line set ends in a f32, %y.
FLOAT = "%y = {op} %f{more} : f32"
INTEGER = "%z = {op} %n{more} : i32\n%y = arith.sitofp %z : i32 to f32"
UNARY = ("absf acos asin atan ceil cos erf exp exp2 expm1 floor log log10 log1p log2 round roundeven rsqrt sin sqrt "
         "tanh trunc negf").split()
FLOAT_BINARY = "atan2 copysign addf divf maximumf maxnumf minimumf minnumf mulf subf".split()
INTEGER_BINARY = ("addi andi ceildivsi ceildivui divsi divui floordivsi maxsi maxui minsi minui muli ori remsi remui "
                  "shli shrsi shrui subi xori").split()
OTHER = {
    "absi": INTEGER.format(op="math.absi", more=""), "fma": FLOAT.format(op="math.fma", more=", %f, %f"),
    "constant": "%y = arith.constant 2.5 : f32", "sitofp": "%y = arith.sitofp %n : i32 to f32",
    "uitofp": "%y = arith.uitofp %n : i32 to f32",
    "cmpf": "%z = arith.cmpf olt, %f, %g : f32\n%y = arith.uitofp %z : i1 to f32",
    "cmpi": "%z = arith.cmpi slt, %n, %m : i32\n%y = arith.uitofp %z : i1 to f32",
    "select": "%z = arith.cmpi slt, %n, %m : i32\n%y = arith.select %z, %f, %g : f32",
    "fptosi": "%z = arith.fptosi %f : f32 to i32\n%y = arith.sitofp %z : i32 to f32",
    "fptoui": "%z = arith.fptoui %f : f32 to i32\n%y = arith.uitofp %z : i32 to f32",
    "extf": "%z = arith.truncf %f : f32 to f16\n%y = arith.extf %z : f16 to f32",
    "truncf": "%z = arith.truncf %f : f32 to bf16\n%y = arith.extf %z : bf16 to f32",
    "extsi": "%z = arith.extsi %n : i32 to i64\n%y = arith.sitofp %z : i64 to f32",
    "extui": "%z = arith.extui %n : i32 to i64\n%y = arith.sitofp %z : i64 to f32",
    "trunci": "%z = arith.trunci %n : i32 to i8\n%y = arith.sitofp %z : i8 to f32",
    "index_cast": "%z = arith.index_cast %h : index to i64\n%y = arith.sitofp %z : i64 to f32",
    "index_castui": "%z = arith.index_castui %h : index to i64\n%y = arith.sitofp %z : i64 to f32",
    "if": "%z = arith.cmpi slt, %n, %m : i32\n%y = scf.if %z -> f32 {\nscf.yield %f : f32\n} else {\nscf.yield %g : f32\n}",
    "length": "%z = attn.length keys\n%w = arith.index_cast %z : index to i32\n%y = arith.sitofp %w : i32 to f32"}


def scalar(op):
    """Lines that use `op` once, on values that depend on the head alone."""
    name = op.split(".")[-1]
    if name in OTHER:
        return OTHER[name]
    if name in UNARY:
        return FLOAT.format(op=op, more="")
    if name in FLOAT_BINARY:
        return FLOAT.format(op=op, more=", %g")
    if name in INTEGER_BINARY:
        return INTEGER.format(op=op, more=", %m")
    raise Cannot(f"{op} has no probe")


SETUP = """%n = arith.index_cast %h : index to i32
%m = arith.constant 3 : i32
%f = arith.sitofp %n : i32 to f32
%g = arith.constant 0.5 : f32"""


class Regions(Probe):
    """One score region with all of `ops`; `lines` of the text tell which op stands where."""

    def __init__(self, ops):
        super().__init__("regions", "")
        self.ops = list(ops)
        body, before = SETUP.splitlines(), "%s"
        for number, op in enumerate(self.ops):
            mine = re.sub(r"%(y|z|w)\b", rf"%\g<1>{number}", scalar(op)).splitlines()
            body += [*mine, f"%sum{number} = arith.addf {before}, %y{number} : f32"]
            before = f"%sum{number}"
        body = ["^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):", *body, f"attn.yield {before} : f32", "}"]
        self.attend = " score {\n" + "\n".join(body)


def table_types():
    """Tables that a region may read, by element type."""
    to_float = {"f32": "%y = arith.addf %t, %s : f32", "f16": "%w = arith.extf %t : f16 to f32\n%y = arith.addf %w, %s : f32",
                "bf16": "%w = arith.extf %t : bf16 to f32\n%y = arith.addf %w, %s : f32"}
    for element in ("f32", "f16", "bf16", "i1", "i8", "i32", "i64", "f64"):
        use = to_float.get(element, f"%w = arith.sitofp %t : {element} to f32\n%y = arith.addf %w, %s : f32")
        use = use if element != "f64" else "%w = arith.truncf %t : f64 to f32\n%y = arith.addf %w, %s : f32"
        attributes = 'attn.name = "table", attn.shape = ["Hq"]' + (', attn.random = "indices<Hq>"' if element[0] == "i" else "")
        region = f"""score(%table : tensor<4x{element}>) {{
^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: tensor<4x{element}>):
%t = attn.read %c[%h] : tensor<4x{element}>
{use}
attn.yield %y : f32
}}"""
        yield Probe("tables that regions read", element, (("table", f"tensor<4x{element}>", attributes),), attend=" " + region)
