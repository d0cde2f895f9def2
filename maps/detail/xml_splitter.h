// XmlSplitter: where the root's start tag and the ends of its children lie in an XML text that arrives in parts. Looks
// at brackets and quotes only; whether the text is well-formed is for the parser to say. Used by stream_xml. One
// thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace bitgoeul::maps::detail {

class XmlSplitter {
 public:
  // `text` is what it was before with more at its end.
  void scan(std::string_view text);
  // The first bytes of the text, not beyond whole(), are gone.
  void forget(std::size_t bytes);

  std::size_t whole() const { return whole_; }         // children are complete up to here; 0 until the root has begun
  int depth() const { return depth_; }                 // of what is open at the end of the last whole tag
  std::string_view root(std::string_view text) const;  // the name; empty until its tag is whole, or after forget()

 private:
  std::size_t at_ = 0, whole_ = 0, root_begin_ = 0;
  int depth_ = 0;
  bool begun_ = false, closed_ = false;
};

}  // namespace bitgoeul::maps::detail
