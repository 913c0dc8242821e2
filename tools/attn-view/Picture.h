//===- Picture.h - What one head sees, as SVG -------------------*- C++ -*-===//
//
// Queries go down, keys to the right. A tile has the colour of its class, a
// full one all over; in a partial one cells are the darker the more of their
// pairs are visible, and pale where none is. Colours are CSS variables, so that
// light and dark pages share the picture.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_PICTURE_H
#define ATTN_TOOLS_ATTNVIEW_PICTURE_H

#include "MaskReport.h"

namespace attn::view {

/// Escapes what XML takes for its own.
std::string escape(llvm::StringRef text);

/// "skipped", "full", "partial", "visited but empty", "partial but full"
llvm::StringRef getName(TileKind kind);
/// The class of CSS.
llvm::StringRef getClass(TileKind kind);

/// What a colour means. In a partial tile pairs have two.
struct LegendEntry {
  TileKind kind;
  bool isSeen;
  const char *text;
};
llvm::ArrayRef<LegendEntry> getLegend();

/// A square of the colour.
void drawSwatch(llvm::raw_ostream &out, const LegendEntry &entry);

/// Colours, as variables of light and dark, and what has them.
extern const char *const kPictureStyle;

struct PictureSize {
  int64_t width, height;
};

/// Pixels of a picture with its axes.
PictureSize getSize(const MaskPicture &picture);

/// An svg element. \param titles tiles that may have a text of their own; where
/// there are more, runs of one class share it.
void draw(llvm::raw_ostream &out, const MaskPicture &picture, int64_t titles);

/// Of every picture, so that all together have no more than some thousands.
int64_t getTitles(llvm::ArrayRef<StreamReport> reports);

/// A document of one picture per group, each with its heads, and a legend.
std::string makeSvg(llvm::ArrayRef<StreamReport> reports);

/// "heads 0-7", of which sequences, if there are more.
std::string getMembersText(const HeadGroup &group, bool hasSequences);

/// "attend 1, stream 2 (line 18)"
std::string getStreamText(const reference::MaskedStream &stream);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_PICTURE_H
