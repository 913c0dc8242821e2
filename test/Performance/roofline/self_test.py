#!/usr/bin/env python3
"""A loop small enough to count by hand. Run by test/Codegen/NVVM/roofline-tool.test."""
from loops import analyse
from report import check_gates

SAMPLE = """
@ 1 UMOV UR4, URZ
L .L_x_1
@ 2 SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [UR4+0x8], R2
@ 5 @!P0 BRA `(.L_x_4)
L .L_x_2
@ 1 WARPGROUP.ARRIVE
@ 15 HGMMA.64x64x16.F32.BF16 R24, gdesc[UR8], RZ, !UPT
@ 1 HGMMA.64x64x16.F32.BF16 R24, gdesc[UR12], R24, gsb0
@ 2 WARPGROUP.DEPBAR.LE gsb0, 0x0
@ 4 FMNMX.FTZ R3, R24, R25, !PT
@ 1 MUFU.EX2 R56, R24
@ 1 @P1 BRA `(.L_x_3)
@ 1 SYNCS.ARRIVE.TRANS64.A1T0 RZ, [UR4+0x10], RZ
L .L_x_3
@ 12 HGMMA.64x32x16.F32.BF16 R64, R56, gdesc[UR8].tnspB, R64, gsb0
@ 1 F2FP.BF16.F32.PACK_AB R57, R25, R24
@ 1 WARPGROUP.DEPBAR.LE gsb0, 0x0
@ 1 F2FP.BF16.F32.PACK_AB R56, R25, R24
@ 5 @P2 BRA `(.L_x_1)
@ 5 EXIT
L .L_x_4
@ 2 SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [UR4+0x8], R2
@ 5 @!P0 BRA `(.L_x_4)
@ 5 BRA `(.L_x_2)
"""

# Four scores per thread, hidden in one of two ways.
WAYS = """
L .L_x_1
@ 1 HGMMA.64x8x16.F32.BF16 R24, gdesc[UR8], RZ, !UPT, gsb0
@ 1 WARPGROUP.DEPBAR.LE gsb0, 0x0
@ 5 @P0 BRA `(.L_x_3)
@ 5 @P1 BRA `(.L_x_2)
@ 2 FSEL R24, R24, -INF, P2
@ 2 FSEL R25, R25, -INF, P3
@ 2 FSEL R26, R26, -INF, P4
@ 2 FSEL R27, R27, -INF, P5
@ 5 BRA `(.L_x_3)
L .L_x_2
@ 2 ISETP.NE.AND P2, PT, R2, R3, PT
@ 2 FSEL R24, R24, -INF, P2
@ 2 FSEL R25, R25, -INF, P2
@ 2 ISETP.NE.AND P3, PT, R2, R3, PT
@ 2 FSEL R26, R26, -INF, P3
@ 2 FSEL R27, R27, -INF, P3
L .L_x_3
@ 1 HGMMA.64x64x8.F32.BF16 R64, R24, gdesc[UR8].tnspB, R64, gsb0
@ 1 WARPGROUP.DEPBAR.LE gsb0, 0x0
@ 5 @P6 BRA `(.L_x_1)
@ 5 EXIT
"""


def sample_listing(text):
    """`text` in the form nvdisasm prints; the first word of an '@' line is the stall count."""
    lines, addr = ["\t.section\t.text.sample,\"ax\",@progbits"], 0
    for row in text.strip().splitlines():
        kind, _, rest = row.partition(" ")
        if kind == "L":
            lines.append(f"{rest}:")
            continue
        stall, _, text = rest.partition(" ")
        high = (int(stall) | 7 << 5 | 7 << 8) << 41
        lines.append(f"        /*{addr:04x}*/    {text} ;   /* 0x{0:016x} */")
        lines.append(f"        /* 0x{high:016x} */")
        addr += 16
    return "\n".join(lines)


def self_test():
    loops = analyse(sample_listing(SAMPLE), {"sample": 256}, None, None, None)
    assert len(loops) == 1, loops
    r = loops[0]
    assert r["loop"] == "0x10" and r["mma"]["scores"] == 64 * 64, r
    assert (r["total"], r["cond_total"], r["spin_total"]) == (14, 2, 2), r
    assert r["mma"]["macs"] == 2 * 64 * 64 * 16 + 64 * 32 * 16 and r["mma"]["d_qk"] == 32, r["mma"]
    assert r["mma"]["shapes"] == {"64x64x16 SS": 2, "64x32x16 RS": 1}, r["mma"]
    cycles = r["model"]["cycles"]
    assert cycles["tensor"] == 32 + 32 + 16 and cycles["mufu"] == 8 and cycles["alu"] == 6, cycles
    assert cycles["stall_mma"] == 15 + 1 + 12 and cycles["stall"] == 24, cycles
    assert cycles["timeline"] == 8 + 64 + 8 + 16 + 7, cycles      # waits, vector, wgmma, rest
    assert [(h["kind"], h["addr"]) for h in r["hazards"]] == [("A", "0xc0")], r["hazards"]
    assert r["covered"] == {"cvt": 1, "stall": 1} and r["per_score"]["exposed_ex2"] == 1 / 32, r["covered"]
    assert r["per_score"]["mufu_ex2"] == 1 / 32 and r["model"]["consumers"] == 2, r
    assert not [*check_gates(loops, {"max": {"local": 0, "mufu_ex2": 0.04}, "min": {"alone": 0.7}})]
    assert len([*check_gates(loops, {"max": {"hazards": 0}, "min": {"alone": 0.8, "total": 15}})]) == 3
    assert [r["per_score"][name] * 32 for name in ("least", "masked", "longest")] == [14, 0, 4], r["per_score"]
    test_ways()
    print("self-test passed")


def test_ways():
    """The shortest way has no mask; that of the mask is the first of two, the other one is longer."""
    r = analyse(sample_listing(WAYS), {"sample": 256}, None, (64, 8), None)[0]
    assert r["scores_per_thread"] == 4 and r["total"] == 6, r
    assert [r["per_score"][name] * 4 for name in ("least", "masked", "longest")] == [6, 6, 7], r["per_score"]


if __name__ == "__main__":
    self_test()
