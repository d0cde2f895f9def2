#include "maps/opendrive/xml_writer.h"

#include <charconv>

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::size_t kFlushBytes = 1u << 20;

// Bytes of the UTF-8 character at the beginning; 0 when there is none.
std::size_t utf8_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (static_cast<unsigned char>(text[i]) >> 6 != 2) return 0;
  return size;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const char c = text[0];
    if (size > 1)
      out += text.substr(0, size);
    else if (size == 0 || (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'))
      out += '?';
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\t' || c == '\n' || c == '\r')
      out += c == '\t' ? "&#9;" : c == '\n' ? "&#10;" : "&#13;";
    else
      out += c;
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace

void XmlWriter::line() {
  out_ += '\n';
  out_.append(2 * open_.size(), ' ');
}

void XmlWriter::close_tag() {
  if (tag_open_) out_ += '>';
  tag_open_ = false;
}

void XmlWriter::flush() {
  if (file_ == nullptr || out_.empty()) return;
  good_ = good_ && std::fwrite(out_.data(), 1, out_.size(), file_) == out_.size();
  out_.clear();
}

void XmlWriter::begin(const char* element) {
  close_tag();
  if (open_.empty())
    out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  else
    line();
  out_ += '<';
  out_ += element;
  open_.push_back(element);
  tag_open_ = true;
}

void XmlWriter::end() {
  const char* const element = open_.back();
  open_.pop_back();
  if (tag_open_) {
    out_ += "/>";
  } else {
    if (has_children_) line();
    out_ += "</";
    out_ += element;
    out_ += '>';
  }
  tag_open_ = false;
  has_children_ = true;
  if (open_.empty()) out_ += '\n';
  if (out_.size() >= kFlushBytes) flush();
}

void XmlWriter::attribute(const char* name, std::string_view value) {
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_escaped(out_, value);
  out_ += '"';
}

void XmlWriter::attribute(const char* name, double value) {
  char digits[40];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value == 0.0 ? 0.0 : value);
  attribute(name, error == std::errc() ? std::string_view(digits, static_cast<std::size_t>(end - digits)) : "0");
}

void XmlWriter::attribute(const char* name, std::int32_t value) {
  attribute(name, std::string_view(std::to_string(value)));
}

void XmlWriter::cdata(std::string_view text) {
  close_tag();
  has_children_ = false;
  if (text.find("]]>") == std::string_view::npos && text.find('\0') == std::string_view::npos) {
    out_ += "<![CDATA[";
    out_ += text;
    out_ += "]]>";
  } else {
    append_escaped(out_, text);
  }
}

void XmlWriter::comment(std::string_view text) {
  close_tag();
  line();
  std::string safe;
  append_escaped(safe, text);
  for (std::size_t at = 0; (at = safe.find("--", at)) != std::string::npos;) safe[at + 1] = ' ';
  out_ += "<!-- " + safe + " -->";
}

void XmlWriter::raw(std::string_view xml) {
  close_tag();
  line();
  out_ += xml;
  has_children_ = true;
}

bool XmlWriter::finish() {
  flush();
  return good_;
}

}  // namespace bitgoeul::maps::opendrive
