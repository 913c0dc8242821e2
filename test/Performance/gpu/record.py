"""The run as text and as the kept record: {device, driver, clocks, power, commit, date, rows}, times in milliseconds.

A dry run has no times: its record says `dry_run`, and its table says what was checked.
"""
import json
import os
import statistics

import goals


def finish(row, card):
    """Medians of a row's times, and the clock while they were taken."""
    measured = row.get("times_ms", {})
    medians = {who: round(statistics.median(values), 5) for who, values in measured.items()}
    row["ours_ms"] = medians.pop("attn", None)
    row["dense_ms"] = medians.pop("attn_dense", None)
    row["rivals_ms"] = medians
    span = row.pop("began", None), row.pop("ended", None)
    if measured and span[1]:
        row["sm_mhz"] = card.median("clocks.sm", *span)
    return span


def write(path, head, rows):
    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({**head, "rows": rows}, file, indent=1)
        file.write("\n")
    os.replace(temporary, path)


def rate(row, milliseconds):
    return row["operations"] / milliseconds * 1e-9


def cell(row, who):
    times = row.get("times_ms", {})
    if who not in times or "attn" not in times:
        return "-" if who not in times else f"{row['rivals_ms'][who]:.3f} ms"
    return f"{rate(row, row['rivals_ms'][who]):.0f} ({goals.paired(times[who], times['attn']):.2f}x)"


def print_rates(rows):
    print(f"\nTFLOP/s of visible pairs by the median; in brackets how many times as fast ours is, median over rounds\n"
          f"{'case':52}{'ms':>9}{'attn':>7}{'cudnn':>15}{'flash':>15}{'flex':>15}{'per tile':>10}{'error':>7}")
    for row in rows:
        if row["ours_ms"] is None:
            print(f"{row['name']:52}{'FAILED':>9}")
            continue
        tile = goals.per_tile({row["name"]: row}, row["name"])
        print(f"{row['name']:52}{row['ours_ms']:9.3f}{rate(row, row['ours_ms']):7.0f}"
              + "".join(f"{cell(row, who):>15}" for who in ("cudnn", "flash", "flex"))
              + f"{'-' if tile is None else format(tile, '.2f'):>10}{row['error_ratios']['attn']:7.2f}")


def print_checks(rows):
    print("\nDry run: errors in bounds, expected at most 1 of attn; no times, no rates")
    for row in rows:
        ratios = ", ".join(f"{who} {ratio:.2f}" for who, ratio in row["error_ratios"].items())
        print(f"{'FAILED' if row.get('problem') else 'checked'} {row['name']}: {ratios or '-'}; {row['pairs']} pairs, "
              f"{row['tiles']} of {row['dense_tiles']} tiles")


def print_failures(rows):
    for row in rows:
        if row.get("problem"):
            print(f"FAILED {row['name']}: {row['problem']}")
    absent = {}
    for row in rows:
        for who, why in row["rivals_absent"].items():
            absent.setdefault((who, why), []).append(row["name"])
    for (who, why), names in absent.items():
        print(f"without {who}: {why}: {', '.join(names) if len(names) < len(rows) else 'all cases'}")
    for row in rows:
        for note in row["notes"]:
            print(f"note on {row['name']}: {note}")


def print_goals(rows, card):
    by_name = {row["name"]: row for row in rows if row["ours_ms"] is not None}
    print(f"\n{'goal':96}{'got':>8}{'wanted':>8}")
    for what, got, wanted in goals.all_goals(by_name, card):
        verdict = "not measured" if got is None else "met" if got >= wanted else "MISSED"
        print(f"{what:96}{'-' if got is None else format(got, '.2f'):>8}{wanted:8g}  {verdict}")
