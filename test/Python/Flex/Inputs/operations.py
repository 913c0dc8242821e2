"""Every aten op that mask and score functions may use, on negative numbers too; head n of a program runs op n."""
import attn.flex
import torch
import torch.nn.functional as F
from attn.flex import _aten

from agreement import agree

HEADS = 8
used = set()

# On d = q - k, which is negative in half of the pairs; compared by what they leave modulo 3.
INTEGERS = [
    lambda d: d // 7, lambda d: d % 7, lambda d: d % -7, lambda d: torch.fmod(d, 7),
    lambda d: torch.div(d, 7, rounding_mode="trunc"), lambda d: torch.div(d, 7, rounding_mode="floor"), lambda d: d.abs(),
    lambda d: -d, lambda d: d.clamp(-5, 9), lambda d: torch.clamp_min(d, -4), lambda d: torch.clamp_max(d, 6), lambda d: d >> 2,
    lambda d: d << 2, lambda d: d & 0x55, lambda d: d | 12, lambda d: d ^ 9, lambda d: ~d, lambda d: torch.sign(d),
    lambda d: torch.minimum(d, d * d - 50), lambda d: torch.maximum(d, 3 - d), lambda d: d**2, lambda d: d.square(),
    lambda d: (d / 3).to(torch.int32), lambda d: (d * 0.37).floor().long(), lambda d: (d > 3).int() + (d < 9),
    lambda d: torch.logical_xor(d > 3, d % 2).int() * 2, lambda d: torch.where(d > 0, d, 5), lambda d: torch.relu(d),
    lambda d: torch.logical_or(torch.logical_and(d, d > 2), torch.logical_not(d)), lambda d: (d >= 0) ^ (d != 4), lambda d: d.bool() & (d <= 8),
    lambda d: torch.stack([d, d + 1, 2 - d]).amax(), lambda d: torch.rsub(d, 4) - torch.sub(d, 1, alpha=3),
    lambda d: torch.cat([d.view(1), (d * 2).reshape(1)]).sum(), lambda d: torch.stack([d > 3, d < -3]).any().int(),
    lambda d: torch.stack([d > -9, d < 9]).all().int(), lambda d: torch.tensor([3, 1, 2]).sum() + d, lambda d: d.new_ones(3).sum() + d,
    lambda d: torch.stack([d, d + 1]).view(2, 1).permute(1, 0)[0, 1], lambda d: torch.stack([d, 7 - d])[0:1].squeeze(0),
]
# On the logit: smooth.
FLOATS = [
    torch.exp, torch.exp2, torch.expm1, torch.tanh, torch.sin, torch.cos, torch.atan, torch.erf, torch.sigmoid, torch.neg,
    F.silu, F.softplus, F.gelu, lambda x: F.gelu(x, approximate="tanh"), F.elu, F.hardtanh, F.leaky_relu, F.logsigmoid,
    lambda x: (x * x + 0.5).log(), lambda x: (x * x + 0.5).log2(), lambda x: (x * x + 0.5).log10(),
    lambda x: (x * x).log1p(), lambda x: (x * x + 0.1).sqrt(), lambda x: (x * x + 0.1).rsqrt(), lambda x: x**3,
    lambda x: (x.abs() + 0.1) ** 1.7, lambda x: (x.abs() + 0.1) ** -2, lambda x: 2.5**x, lambda x: (x + 9).reciprocal(),
    lambda x: torch.minimum(x, x * x), lambda x: torch.fmax(x, 0.3 * x), lambda x: x.clamp(-0.5, 0.7),
    lambda x: torch.copysign(x * x, x), lambda x: torch.atan2(x, x * x + 1), lambda x: torch.lerp(x, 2 * x, 0.3),
    lambda x: torch.addcmul(x, x, x, value=0.5), lambda x: torch.dot(torch.stack([x, x * x]), torch.tensor([0.5, 0.25], dtype=x.dtype)),
    lambda x: torch.stack([x, 2 * x, 0.5 * x * x]).mean(), lambda x: x - 0.1 * torch.acos(torch.tanh(x)),
    lambda x: torch.asin(torch.tanh(x)),
]
# On numbers between the steps: not smooth.
STEPS = [
    torch.floor, torch.ceil, torch.round, torch.trunc, torch.sign, lambda x: x % 2.25, lambda x: torch.fmod(x, 2.25),
    lambda x: torch.remainder(x, -2.25), lambda x: x // 2.25, lambda x: torch.div(x, 1.5, rounding_mode="trunc"),
    lambda x: x.to(torch.int64) * 0.5, lambda x: (x > 0.7) * x, lambda x: torch.where((x - 4).sqrt().isnan(), 0.25, x),
    lambda x: x.bool().float(), lambda x: x.to(torch.bfloat16).float(), lambda x: x.half() + (x.double() >= 1).float(),
]


def in_heads(functions):
    """function(h, x): the h-th of `functions` on x."""
    def chosen(h, x):
        result = functions[-1](x)
        for head, function in enumerate(functions[:-1]):
            result = torch.where(h == head, function(x).to(result.dtype) if result.dtype != torch.bool else function(x), result)
        return result

    return chosen


def note(function, is_score):
    """Notes which ops a function is made of."""
    from attn.flex._trace import Trace

    used.update(_aten.name_base(node) for node in
                Trace(function, is_score, torch.device("cpu"))._module.graph.nodes if node.op == "call_function")


def test(name, functions, make_mod):
    for first in range(0, len(functions), HEADS):
        mod, is_score = make_mod(in_heads(functions[first:first + HEADS]))
        note(mod, is_score)
        agree(f"{name} from {first}", *((mod,) if is_score else (None, mod)), batch=1, heads=(HEADS, HEADS),
              lengths=(40, 67), sizes=(16, 16))


test("integers", INTEGERS, lambda op: (lambda b, h, q_idx, kv_idx: op(h, q_idx - kv_idx) % 3 != 1, False))
test("floats", FLOATS, lambda op: (lambda s, b, h, q_idx, kv_idx: op(h, s), True))
test("steps", STEPS, lambda op: (lambda s, b, h, q_idx, kv_idx: s + op(h, (q_idx - kv_idx) / 8 + 0.3).float(), True))

# What other tests use: tables, gathers of rows, reductions over them.
elsewhere = {"index", "select", "slice", "expand", "unsqueeze", "detach", "alias", "clone", "_unsafe_view", "view", "to"}
synonyms = {"__and__", "__or__", "__xor__", "bitwise_left_shift", "bitwise_right_shift", "true_divide", "contiguous", "flatten",
            "reshape", "lift_fresh_copy", "sgn", "fmin", "log_sigmoid", "prod", "amin", "max", "min", "maximum"}
known = set(_aten.SAME_TYPE) | set(_aten.STRUCTURE) | set(_aten.COMPARISONS) | set(_aten.LOGICAL) | _aten.FREE
missing = known - used - elsewhere - synonyms
assert not missing, f"not tested: {sorted(missing)}"
print("operations good")
