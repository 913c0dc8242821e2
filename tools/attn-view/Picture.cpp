//===- Picture.cpp - What one head sees, as SVG ---------------------------===//

#include "Picture.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace attn::view {
namespace {

constexpr int64_t kPixels = 512; ///< Of the longer side, about.
constexpr int64_t kLeft = 34, kTop = 30, kRight = 10, kBottom = 8;
constexpr double kLeastEdge = 6;       ///< Of a tile that is drawn with edges.
constexpr int64_t kMostTitles = 16384; ///< Of all pictures.
constexpr int64_t kLevels = 4;         ///< Of density in a partial tile.

/// Draws one picture in the units of its cells.
class Painter {
public:
  Painter(raw_ostream &out, const MaskPicture &picture)
      : out(out), picture(picture), scale(getScale(picture)),
        width(std::lround(picture.getColumns() * scale.x)),
        height(std::lround(picture.getRows() * scale.y)),
        rows(picture.getRows()), columns(picture.getColumns()) {}

  /// Pixels of a cell; whole ones, where cells are squares.
  struct Scale {
    double x, y;
  };
  static Scale getScale(const MaskPicture &picture) {
    TileShape cell = picture.cell;
    int64_t unit = std::min(cell.queries, cell.keys);
    int64_t longer =
        std::max<int64_t>({picture.queries / unit, picture.keys / unit, 1});
    auto pixels = double(std::max<int64_t>(1, (kPixels + longer / 2) / longer));
    return {pixels * double(cell.keys) / double(unit),
            pixels * double(cell.queries) / double(unit)};
  }

  static PictureSize getSize(const MaskPicture &picture) {
    Scale scale = getScale(picture);
    return {kLeft + std::lround(picture.getColumns() * scale.x) + kRight,
            kTop + std::lround(picture.getRows() * scale.y) + kBottom};
  }

  void paint(int64_t titles) {
    PictureSize size = getSize(picture);
    out << "<svg class=\"mask\" xmlns=\"http://www.w3.org/2000/svg\" width=\""
        << size.width << "\" height=\"" << size.height << "\" viewBox=\"0 0 "
        << size.width << " " << size.height << "\" role=\"img\">\n";
    out << "<g transform=\"translate(" << kLeft << " " << kTop << ") scale("
        << llvm::format("%g %g", scale.x, scale.y)
        << ")\" shape-rendering=\"crispEdges\">\n";
    paintTiles(titles);
    paintCells();
    paintGrid();
    out << "</g>\n";
    paintAxes();
    out << "</svg>\n";
  }

private:
  /// Blocks of one class side by side are one rectangle.
  void paintTiles(int64_t titles) {
    int64_t visited =
        llvm::count_if(picture.blocks, [](const PicturedBlock &t) {
          return t.kind != TileKind::Skipped;
        });
    bool apart = visited <= titles;
    std::vector<PicturedBlock> runs;
    for (const PicturedBlock &block : picture.blocks) {
      bool joins = !runs.empty() && runs.back().kind == block.kind &&
                   runs.back().area.q0 == block.area.q0 &&
                   (!apart || block.kind == TileKind::Skipped);
      if (!joins)
        runs.push_back({block.area, block.kind, 0, 0});
      runs.back().area.k1 = block.area.k1;
      runs.back().visible += block.visible;
      runs.back().tiles += block.tiles;
    }
    for (const PicturedBlock &run : runs)
      paintRun(run);
  }

  void paintRun(const PicturedBlock &run) {
    const reference::Tile &tile = run.area;
    auto column = [&](int64_t key) {
      return std::clamp<int64_t>(key - picture.firstKey, 0, picture.keys - 1) /
             picture.cell.keys;
    };
    auto row = [&](int64_t query) {
      return std::clamp<int64_t>(query - picture.firstQuery, 0,
                                 picture.queries - 1) /
             picture.cell.queries;
    };
    int64_t x = column(tile.k0), y = row(tile.q0);
    out << "<rect class=\"" << getClass(run.kind) << "\" x=\"" << x << "\" y=\""
        << y << "\" width=\"" << column(tile.k1) + 1 - x << "\" height=\""
        << row(tile.q1) + 1 - y << "\"><title>queries " << tile.q0 << "-"
        << tile.q1 << ", keys " << tile.k0 << "-" << tile.k1 << ": ";
    if (run.tiles > 1)
      out << run.tiles << " tiles ";
    out << getName(run.kind) << ", " << run.visible << " of "
        << (tile.q1 - tile.q0 + 1) * (tile.k1 - tile.k0 + 1)
        << " pairs visible</title></rect>\n";
  }

  TileKind getKindOfCell(int64_t row, int64_t column) const {
    size_t block = picture.getBlock(row * picture.cell.queries,
                                    column * picture.cell.keys);
    return picture.blocks[block].kind;
  }

  /// 0 to kLevels: how much of a cell of a partial tile is visible.
  int64_t getLevel(int64_t row, int64_t column) const {
    TileKind kind = getKindOfCell(row, column);
    if (kind != TileKind::Partial && kind != TileKind::Several)
      return 0;
    TileShape cell = picture.cell;
    int64_t visible = picture.visible[row * columns + column];
    int64_t pairs =
        std::min(cell.queries, picture.queries - row * cell.queries) *
        std::min(cell.keys, picture.keys - column * cell.keys);
    return (visible * kLevels + pairs - 1) / pairs;
  }

  /// Runs of cells as dense as each other, a path per density.
  void paintCells() {
    std::string paths[kLevels + 1];
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns;) {
        int64_t level = getLevel(row, column), first = column;
        while (column < columns && getLevel(row, column) == level)
          ++column;
        if (level)
          llvm::raw_string_ostream(paths[level])
              << "M" << first << " " << row << "h" << column - first << "v1h"
              << first - column << "z";
      }
    for (int64_t level = 1; level <= kLevels; ++level)
      if (!paths[level].empty())
        out << "<path class=\"seen\" fill-opacity=\""
            << (level == kLevels ? "1"
                : level == 3     ? ".78"
                : level == 2     ? ".58"
                                 : ".4")
            << "\" d=\"" << paths[level] << "\"/>\n";
  }

  /// Edges of tiles, where there is room for them.
  void paintGrid() {
    TileShape tile = picture.tile, cell = picture.cell;
    if (double(tile.keys) / double(cell.keys) * scale.x < kLeastEdge ||
        double(tile.queries) / double(cell.queries) * scale.y < kLeastEdge)
      return;
    out << "<path class=\"grid\" d=\"";
    for (int64_t k = tile.keys - picture.firstKey % tile.keys; k < picture.keys;
         k += tile.keys)
      out << "M" << k / cell.keys << " 0v" << rows;
    for (int64_t q = tile.queries - picture.firstQuery % tile.queries;
         q < picture.queries; q += tile.queries)
      out << "M0 " << q / cell.queries << "h" << columns;
    out << "\"/>\n";
  }

  void paintAxes() {
    int64_t right = kLeft + width, bottom = kTop + height;
    auto text = [&](int64_t x, int64_t y, const char *anchor,
                    const Twine &words) {
      out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\""
          << anchor << "\">" << words << "</text>\n";
    };
    out << "<rect class=\"frame\" x=\"" << kLeft << "\" y=\"" << kTop
        << "\" width=\"" << right - kLeft << "\" height=\"" << bottom - kTop
        << "\"/>\n";
    text(kLeft, kTop - 6, "start", Twine(picture.firstKey));
    text(right, kTop - 6, "end", Twine(picture.firstKey + picture.keys));
    text((kLeft + right) / 2, kTop - 6, "middle", "key j &#8594;");
    text(kLeft - 5, kTop + 11, "end", Twine(picture.firstQuery));
    text(kLeft - 5, bottom, "end", Twine(picture.firstQuery + picture.queries));
    out << "<text transform=\"translate(" << kLeft - 20 << " "
        << (kTop + bottom) / 2
        << ") rotate(90)\" text-anchor=\"middle\">query i &#8594;</text>\n";
  }

  raw_ostream &out;
  const MaskPicture &picture;
  Scale scale;
  int64_t width, height; ///< Pixels.
  int64_t rows, columns;
};

constexpr LegendEntry kLegend[] = {
    {TileKind::Full, false, "full"},
    {TileKind::Partial, true, "partial: visible"},
    {TileKind::Partial, false, "partial: masked"},
    {TileKind::Skipped, false, "skipped"},
    {TileKind::VisitedEmpty, false, "visited but empty"},
    {TileKind::PartialFull, false, "partial but full"}};
constexpr int64_t kTitleLine = 26, kLegendLine = 34, kLegendEntry = 130;

void drawLegend(raw_ostream &out, int64_t y) {
  for (auto [n, entry] : llvm::enumerate(kLegend)) {
    out << "<g transform=\"translate(" << 10 + kLegendEntry * int64_t(n) << " "
        << y << ")\">";
    drawSwatch(out, entry);
    out << "<text x=\"17\" y=\"10\">" << entry.text << "</text></g>\n";
  }
}

} // namespace

/// Pale where a tile is visited for pairs that nobody sees.
const char *const kPictureStyle = R"(
:root, svg { --paper: #ffffff; --text: #24262b; --faint: #6c7078; --line: #d9dade;
  --full: #2d6fb5; --partial: #e58a13; --skipped: #eff0f2; --empty: #cf2f4b; --needless: #8c4bb8; }
@media (prefers-color-scheme: dark) {
  :root, svg { --paper: #16181c; --text: #e4e6ea; --faint: #9aa0aa; --line: #3a3e46;
    --full: #5c9fe6; --partial: #f2a43c; --skipped: #25282e; --empty: #f0657c; --needless: #bb86e6; }
}
svg text { font: 12px system-ui, sans-serif; fill: var(--faint); }
svg .title { font-size: 13px; font-weight: 600; fill: var(--text); }
.full { fill: var(--full); }
.partial, .several { fill: var(--partial); fill-opacity: .22; }
.skipped { fill: var(--skipped); }
.visited-empty { fill: var(--empty); fill-opacity: .45; }
.partial-full { fill: var(--needless); }
.seen { fill: var(--partial); pointer-events: none; }
.grid { fill: none; stroke: var(--paper); stroke-opacity: .7; stroke-width: 1; vector-effect: non-scaling-stroke;
  pointer-events: none; }
.frame { fill: none; stroke: var(--faint); pointer-events: none; }
)";

std::string escape(StringRef text) {
  std::string result;
  for (char c : text)
    result += c == '<'   ? "&lt;"
              : c == '>' ? "&gt;"
              : c == '&' ? "&amp;"
              : c == '"' ? "&quot;"
                         : std::string(1, c);
  return result;
}

StringRef getName(TileKind kind) {
  switch (kind) {
  case TileKind::Skipped:
    return "skipped";
  case TileKind::Full:
    return "full";
  case TileKind::Partial:
    return "partial";
  case TileKind::VisitedEmpty:
    return "visited but empty";
  case TileKind::PartialFull:
    return "partial but full";
  case TileKind::Several:
    return "of several classes";
  }
  llvm_unreachable("unknown kind");
}

StringRef getClass(TileKind kind) {
  if (kind == TileKind::VisitedEmpty)
    return "visited-empty";
  if (kind == TileKind::Several)
    return "several";
  return kind == TileKind::PartialFull ? "partial-full" : getName(kind);
}

ArrayRef<LegendEntry> getLegend() { return kLegend; }

void drawSwatch(raw_ostream &out, const LegendEntry &entry) {
  auto square = [&](StringRef name) {
    out << "<rect class=\"" << name << "\" width=\"12\" height=\"12\"/>";
  };
  square(getClass(entry.kind));
  if (entry.isSeen)
    square("seen");
}

PictureSize getSize(const MaskPicture &picture) {
  return Painter::getSize(picture);
}

void draw(raw_ostream &out, const MaskPicture &picture, int64_t titles) {
  Painter(out, picture).paint(titles);
}

std::string getMembersText(const HeadGroup &group, bool hasSequences) {
  std::string text;
  for (size_t n = 0; n < group.members.size();) {
    auto [b, first] = group.members[n];
    int64_t last = first;
    bool isNewSequence = n == 0 || group.members[n - 1].first != b;
    while (++n < group.members.size() && group.members[n].first == b &&
           group.members[n].second == last + 1)
      ++last;
    text += text.empty() ? "" : hasSequences && isNewSequence ? "; " : ", ";
    if (hasSequences && isNewSequence)
      text += "sequence " + std::to_string(b) + ": ";
    if (isNewSequence)
      text += last == first ? "head " : "heads ";
    text += std::to_string(first);
    if (last != first)
      text += "-" + std::to_string(last);
  }
  return text;
}

std::string getStreamText(const reference::MaskedStream &stream) {
  std::string text = "attend " + std::to_string(stream.fold + 1) + ", stream " +
                     std::to_string(stream.stream + 1);
  if (auto place = stream.location->findInstanceOf<FileLineColLoc>())
    text += " (line " + std::to_string(place.getLine()) + ")";
  return text;
}

int64_t getTitles(ArrayRef<StreamReport> reports) {
  size_t pictures = 0;
  for (const StreamReport &report : reports)
    pictures += report.groups.size();
  return kMostTitles / int64_t(std::max<size_t>(pictures, 1));
}

std::string makeSvg(ArrayRef<StreamReport> reports) {
  int64_t titles = getTitles(reports);
  std::string body;
  llvm::raw_string_ostream out(body);
  int64_t y = 0, widest = 10 + kLegendEntry * int64_t(std::size(kLegend));
  for (const StreamReport &report : reports) {
    bool hasSequences = report.stream->queries.size() > 1;
    int64_t x = 0, height = 0;
    for (const HeadGroup &group : report.groups) {
      PictureSize size = getSize(group.picture);
      if (x > 0 && x + size.width > 4 * kPixels) {
        y += height + kTitleLine;
        x = height = 0;
      }
      out << "<g transform=\"translate(" << x << " " << y
          << ")\"><text class=\"title\" x=\"" << kLeft << "\" y=\"18\">"
          << getStreamText(*report.stream) << ", "
          << getMembersText(group, hasSequences) << ", tiles of "
          << getText(report.tile) << "</text><g transform=\"translate(0 "
          << kTitleLine << ")\">\n";
      draw(out, group.picture, titles);
      out << "</g></g>\n";
      x += std::max<int64_t>(size.width, kPixels / 2);
      height = std::max(height, size.height);
      widest = std::max(widest, x);
    }
    y += height + kTitleLine;
  }
  drawLegend(out, y + 10);
  y += kLegendLine;
  std::string document;
  llvm::raw_string_ostream(document)
      << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << widest
      << "\" height=\"" << y << "\" viewBox=\"0 0 " << widest << " " << y
      << "\">\n<style>" << kPictureStyle
      << "</style>\n<rect width=\"100%\" height=\"100%\" "
         "fill=\"var(--paper)\"/>\n"
      << body << "</svg>\n";
  return document;
}

} // namespace attn::view
