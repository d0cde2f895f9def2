// XmlWriter: indented XML, element by element, into a string or a file (then at most a megabyte is held). Numbers are
// the shortest text that reads back to the same bits, independent of the locale; text that is not UTF-8 or not allowed
// in XML is replaced. Made by the OpenDRIVE writer. One thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace bitgoeul::maps::opendrive {

class XmlWriter {
 public:
  explicit XmlWriter(std::FILE* file = nullptr) : file_(file) {}

  void begin(const char* element);
  void end();
  void attribute(const char* name, std::string_view value);
  void attribute(const char* name, const char* value) { attribute(name, std::string_view(value)); }
  void attribute(const char* name, double value);
  void attribute(const char* name, std::int32_t value);
  // An element without children: its name, then attributes in pairs.
  template <class... Pairs>
  void element(const char* name, const Pairs&... pairs) {
    begin(name);
    pair(pairs...);
    end();
  }
  void cdata(std::string_view text);
  void comment(std::string_view text);
  // XML as it stands, one element.
  void raw(std::string_view xml);

  // False when the file could not be written.
  bool finish();
  std::string& text() { return out_; }

 private:
  void pair() {}
  template <class V, class... More>
  void pair(const char* name, const V& value, const More&... more) {
    attribute(name, value);
    pair(more...);
  }
  void close_tag();
  void line();
  void flush();

  std::FILE* file_;
  std::string out_;
  std::vector<const char*> open_;
  bool tag_open_ = false, has_children_ = false, good_ = true;
};

}  // namespace bitgoeul::maps::opendrive
