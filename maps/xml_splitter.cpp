#include "maps/detail/xml_splitter.h"

namespace bitgoeul::maps::detail {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t behind(std::string_view text, std::string_view mark, std::size_t from) {
  const std::size_t at = text.find(mark, from);
  return at == kNone ? kNone : at + mark.size();
}

// Behind the `>` that closes the tag or declaration at `at`; brackets may stand inside of each other in a DOCTYPE.
std::size_t behind_tag(std::string_view text, std::size_t at) {
  int open = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = text.find(c, i + 1);
      if (i == kNone) return kNone;
    }
    open += c == '<' && (i == at || text[at + 1] == '!');
    if (c == '>' && --open == 0) return i + 1;
  }
  return kNone;
}

// Behind the markup that begins at `at`; kNone when its end is not there yet.
std::size_t behind_markup(std::string_view text, std::size_t at) {
  constexpr std::string_view kComment = "<!--", kData = "<![CDATA[";
  const std::string_view rest = text.substr(at, kData.size());
  if (rest.size() < kData.size() && (kComment.starts_with(rest) || kData.starts_with(rest))) return kNone;
  if (rest.starts_with(kComment)) return behind(text, "-->", at + kComment.size());
  if (rest == kData) return behind(text, "]]>", at + kData.size());
  return rest.starts_with("<?") ? behind(text, "?>", at) : behind_tag(text, at);
}

}  // namespace

void XmlSplitter::scan(std::string_view text) {
  while (at_ < text.size()) {
    const bool markup = text[at_] == '<';
    const std::size_t end = markup ? behind_markup(text, at_) : std::min(text.find('<', at_), text.size());
    if (end == kNone) return;
    const char next = at_ + 1 < text.size() ? text[at_ + 1] : '\0';
    if (markup && next != '!' && next != '?') {
      if (!begun_) root_begin_ = at_;
      begun_ = true;
      depth_ += next == '/' ? -1 : text[end - 2] == '/' ? 0 : 1;
      closed_ = closed_ || depth_ <= 0;
    }
    at_ = end;
    if (depth_ == 1 && !closed_) whole_ = at_;
  }
}

void XmlSplitter::forget(std::size_t bytes) {
  at_ -= bytes;
  whole_ -= bytes;
  root_begin_ = kNone;
}

std::string_view XmlSplitter::root(std::string_view text) const {
  if (!begun_ || root_begin_ == kNone) return {};
  const std::size_t begin = root_begin_ + 1, end = text.find_first_of(" \t\r\n/>", begin);
  return end == kNone ? std::string_view() : text.substr(begin, end - begin);
}

}  // namespace bitgoeul::maps::detail
