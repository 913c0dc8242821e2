//===- Page.cpp - Masks as one html page ----------------------------------===//

#include "Page.h"
#include "Picture.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attn::view {
namespace {

constexpr size_t kFew = 4; ///< Pictures that have room for their numbers.

constexpr char kPageStyle[] = R"(
body { margin: 0 auto; max-width: 1240px; padding: 28px 24px 60px; background: var(--paper); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark; }
h1 { font-size: 24px; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 40px 0 4px; border-top: 1px solid var(--line); padding-top: 20px; }
h3 { font-size: 15px; margin: 0 0 6px; }
p { margin: 4px 0; }
.faint, .legend, figcaption { color: var(--faint); }
.chip { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: 0 8px; margin: 2px 4px 2px 0; }
.warning { border-left: 4px solid var(--empty); padding: 6px 12px; margin: 12px 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 14px 0 0; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.cards { display: flex; flex-wrap: wrap; gap: 28px; margin-top: 14px; align-items: flex-start; }
figure { margin: 0; }
figure svg { max-width: 100%; height: auto; display: block; }
.one { display: flex; flex-wrap: wrap; gap: 28px; align-items: flex-start; }
.many { gap: 22px 24px; }
.many figure, .many details { width: 275px; }
.one figure.detail { width: 290px; margin-top: 22px; }
.one figure.detail.large { width: 530px; }
figure.detail svg text { font-size: 17px; }
summary { font-size: 13px; cursor: pointer; }
figure svg { overflow: visible; }
.many figure.large { width: 100%; }
.few figure { width: 380px; }
.few figure.detail { margin-top: 18px; width: 250px; }
.few figure.large { width: 100%; }
figcaption { font-size: 13px; min-height: 40px; }
table { border-collapse: collapse; font-size: 14px; }
td { padding: 1px 0 1px 18px; text-align: right; font-variant-numeric: tabular-nums; }
td:first-child { text-align: left; padding: 1px 0; color: var(--faint); }
tr.gap td { padding-top: 9px; }
.many table, .few table { font-size: 12px; }
.few svg text { font-size: 17px; }
.many svg text { font-size: 23px; }
.large svg text { font-size: 12px; }
.all tbody { columns: 230px 3; column-gap: 44px; max-width: 1000px; display: block; }
.all tr { display: flex; justify-content: space-between; break-inside: avoid; }
.work { height: 10px; border-radius: 3px; background: var(--skipped); width: 150px; display: inline-block; overflow: hidden; }
.work i { display: block; height: 100%; background: var(--text); min-width: 1px; }
.work i.scheduled { background: var(--faint); }
ul { padding-left: 20px; margin: 12px 0 0; }
li { margin: 2px 0; overflow-wrap: anywhere; }
pre { background: var(--skipped); padding: 14px 16px; border-radius: 8px; overflow-x: auto; font-size: 13px; line-height: 1.45; }
)";

/// Says at once what a tooltip says late, and makes small pictures large.
constexpr char kScript[] = R"(
for (const figure of document.querySelectorAll('figure')) {
  const words = figure.querySelector('figcaption'), hint = words.textContent;
  figure.addEventListener('pointermove', event => {
    const title = event.target.tagName === 'rect' ? event.target.querySelector('title') : null;
    words.textContent = title ? title.textContent : hint;
  });
  figure.addEventListener('pointerleave', () => { words.textContent = hint; });
  figure.querySelector('svg').addEventListener('click', () => figure.classList.toggle('large'));
}
)";

/// 8390656 as "8 390 656", with spaces that do not break.
std::string group(int64_t number) {
  std::string digits = std::to_string(number), text;
  for (size_t n = 0; n < digits.size(); ++n)
    text += (n && (digits.size() - n) % 3 == 0 ? "&#8239;" : "") +
            std::string(1, digits[n]);
  return text;
}

/// Percent.
double getDensity(const MaskCounts &counts) {
  return 100 * double(counts.visible) /
         double(std::max<int64_t>(counts.pairs, 1));
}

class PageWriter {
public:
  PageWriter(raw_ostream &out, const PageText &text,
             ArrayRef<StreamReport> reports)
      : out(out), text(text), reports(reports) {}

  void write(ArrayRef<std::vector<std::string>> sentences) {
    writeHead();
    for (auto [report, said] : llvm::zip(reports, sentences))
      writeStream(report, said);
    out << "<h2>Program</h2>\n<pre>" << escape(text.program) << "</pre>\n"
        << "<script>" << kScript << "</script>\n</body>\n</html>\n";
  }

private:
  void writeHead() {
    out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
           "charset=\"utf-8\"/>\n<meta name=\"viewport\" "
           "content=\"width=device-width\"/>\n<title>"
        << escape(text.file) << "</title>\n<style>" << kPictureStyle
        << kPageStyle << "</style>\n</head>\n<body>\n<h1>" << escape(text.file)
        << "</h1>\n<p><span class=\"chip\">@" << escape(text.entry)
        << "</span><span class=\"chip\">" << escape(text.letters)
        << "</span><span class=\"chip\">target " << escape(text.target)
        << "</span></p>\n";
    if (!text.fault.empty())
      out << "<p class=\"warning\">There is no kernel of this program for "
          << escape(text.target) << ": " << escape(text.fault)
          << ". Tiles are those that its folds were given.</p>\n";
    writeLegend();
  }

  void writeLegend() {
    out << "<div class=\"legend\">\n";
    for (const LegendEntry &entry : getLegend()) {
      out << "<span><svg width=\"12\" height=\"12\">";
      drawSwatch(out, entry);
      out << "</svg>" << entry.text << "</span>\n";
    }
    out << "</div>\n<p class=\"faint\">Colours are the classes of tiles as "
           "scheduled. A full tile evaluates no mask, a skipped one costs "
           "nothing, a partial one all its pairs.</p>\n";
  }

  void writeStream(const StreamReport &report, ArrayRef<std::string> said) {
    out << "<section>\n<h2>" << getStreamText(*report.stream) << "</h2>\n";
    writeMask(report);
    if (report.counts.pairs && !report.counts.visible)
      out << "<p class=\"warning\">No query sees a key: the mask is empty, out "
             "is 0 and lse is -inf in every row.</p>\n";
    size_t groups = report.groups.size();
    if (groups > 1)
      writeAll(report);
    out << "<div class=\"cards "
        << (groups == 1      ? "single"
            : groups <= kFew ? "few"
                             : "many")
        << "\">\n";
    for (const HeadGroup &group : report.groups)
      writeGroup(report, group);
    out << "</div>\n<ul>\n";
    for (const std::string &sentence : said)
      out << "<li>" << escape(sentence) << "</li>\n";
    out << "</ul>\n</section>\n";
  }

  void writeMask(const StreamReport &report) {
    out << "<p class=\"faint\">Kernel tiles of <span class=\"chip tile\">"
        << report.tile.queries << " &#215; " << report.tile.keys
        << "</span> (queries by keys). ";
    const reference::MaskedStream &stream = *report.stream;
    if (stream.conditions.empty()) {
      out << "No mask: every key is visible.</p>\n";
      return;
    }
    out << "Made of ";
    for (Operation *condition : stream.conditions)
      out << "<span class=\"chip\">" << escape(getConditionText(condition))
          << "</span>";
    out << "</p>\n";
  }

  void writeAll(const StreamReport &report) {
    out << "<h3>"
        << (report.stream->queries.size() > 1 ? "All sequences and " : "All ")
        << "heads together</h3>\n";
    out << "<div class=\"all\">";
    writeCounts(report, report.counts, report.measured);
    out << "</div>\n";
  }

  void writeGroup(const StreamReport &report, const HeadGroup &group) {
    std::string members =
        getMembersText(group, report.stream->queries.size() > 1);
    if (group.members.size() > 1)
      members += " <span class=\"faint\">(alike, counted once)</span>";
    out << "<div class=\"" << (report.groups.size() == 1 ? "one" : "card")
        << "\">\n";
    writeFigure("whole", members, group.picture);
    bool isShort = report.groups.size() > kFew;
    if (isShort)
      out << llvm::formatv("<details><summary>{0:F2} % visible; ideal {1:F2} "
                           "&#215;, scheduled {2:F2} &#215;</summary>\n",
                           getDensity(group.counts),
                           group.counts.getIdealSpeedup(),
                           group.counts.getScheduledSpeedup());
    out << "<div>\n";
    writeCounts(report, group.counts, group.measured);
    if (group.detail)
      writeFigure("detail", "Around the middle", *group.detail);
    out << (isShort ? "</div>\n</details>\n</div>\n" : "</div>\n</div>\n");
  }

  void writeFigure(StringRef kind, StringRef title,
                   const MaskPicture &picture) {
    out << "<figure class=\"" << kind << "\">\n<h3>" << title << "</h3>\n";
    draw(out, picture, getTitles(reports));
    out << "<figcaption>";
    if (picture.isDownsampled())
      out << "Downsampled: a cell is " << picture.cell.queries << " &#215; "
          << picture.cell.keys << " pairs, the darker the more are visible.";
    else
      out << "Every pair is drawn.";
    if (picture.hasSeveralTiles())
      out << " It holds several tiles; where their classes differ it is drawn "
             "as a partial one.";
    out << " Point at a tile.</figcaption>\n</figure>\n";
  }

  void row(StringRef name, StringRef id, int64_t value, bool gap = false) {
    out << "<tr" << (gap ? " class=\"gap\"" : "") << "><td>" << name
        << "</td><td><data class=\"" << id << "\" value=\"" << value << "\">"
        << ::attn::view::group(value) << "</data></td></tr>\n";
  }

  void ratio(StringRef name, StringRef id, double value, StringRef unit) {
    std::string number = llvm::formatv("{0:F2}", value);
    out << "<tr><td>" << name << "</td><td><data class=\"" << id
        << "\" value=\"" << number << "\">" << number << unit
        << "</data></td></tr>\n";
  }

  void bar(StringRef name, StringRef kind, double percent) {
    std::string width = llvm::formatv("{0:F2}", percent);
    out << "<tr><td>" << name << "</td><td><span class=\"work\"><i class=\""
        << kind << "\" style=\"width: " << width
        << "%\"></i></span></td></tr>\n";
  }

  void writeCounts(const StreamReport &report, const MaskCounts &counts,
                   const MaskCounts &measured) {
    double tiles = double(std::max<int64_t>(counts.getTiles(), 1));
    out << "<table><tbody>\n";
    row("visible pairs (ideal work)", "visible-pairs", counts.visible);
    row("of", "pairs", counts.pairs);
    ratio("density", "density", getDensity(counts), " %");
    row("scheduled work, in pairs", "scheduled-pairs",
        counts.getScheduled() * report.tile.getPairs());
    bar("ideal", "ideal", getDensity(counts));
    bar("scheduled", "scheduled", 100 * double(counts.getScheduled()) / tiles);
    ratio("ideal speed-up", "ideal-speedup", counts.getIdealSpeedup(),
          " &#215;");
    ratio("speed-up as scheduled", "scheduled-speedup",
          counts.getScheduledSpeedup(), " &#215;");
    row("tiles", "tiles", counts.getTiles(), /*gap=*/true);
    row("full", "full-tiles", counts.of(TileKind::Full));
    row("partial", "partial-tiles", counts.of(TileKind::Partial));
    row("skipped", "skipped-tiles", counts.of(TileKind::Skipped));
    row("visited but empty", "visited-empty-tiles",
        counts.of(TileKind::VisitedEmpty));
    row("partial but full", "partial-full-tiles",
        counts.of(TileKind::PartialFull));
    if (report.measuredTile)
      writeMeasured(*report.measuredTile, measured);
    row("rows", "rows", counts.rows, /*gap=*/true);
    row("fewest keys of a row", "fewest-keys",
        counts.rows ? counts.fewestKeys : 0);
    row("most keys of a row", "most-keys", counts.mostKeys);
    row("rows without a key", "empty-rows", counts.emptyRows);
    out << "</tbody></table>\n";
  }

  /// What precision is measured by.
  void writeMeasured(TileShape tile, const MaskCounts &counts) {
    std::string name =
        llvm::formatv("by {0} &#215; {1}: tiles", tile.queries, tile.keys);
    row(name, "measured-tiles", counts.getTiles(), /*gap=*/true);
    row("visible", "measured-visible-tiles", counts.getVisible());
    row("visited but empty", "measured-visited-empty-tiles",
        counts.of(TileKind::VisitedEmpty));
    row("partial but full", "measured-partial-full-tiles",
        counts.of(TileKind::PartialFull));
  }

  raw_ostream &out;
  const PageText &text;
  ArrayRef<StreamReport> reports;
};

} // namespace

std::string makePage(const PageText &text, ArrayRef<StreamReport> reports,
                     ArrayRef<std::vector<std::string>> sentences) {
  std::string page;
  llvm::raw_string_ostream out(page);
  PageWriter(out, text, reports).write(sentences);
  return page;
}

} // namespace attn::view
