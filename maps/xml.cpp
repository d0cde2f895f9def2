#include "maps/xml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <pugixml.hpp>
#include <unordered_set>

#include "maps/detail/xml_splitter.h"
#include "maps/xml_stream.h"

namespace bitgoeul::maps {

namespace {

using NamePair = std::pair<std::string, std::string>;  // element, attribute or child
using NameView = std::pair<std::string_view, std::string_view>;

// Asked for every attribute of every element, so looked up by hash; nobody walks over it.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(const NameView& p) const {
    std::uint64_t value = 0;
    for (std::string_view text : {p.first, p.second}) {
      std::uint64_t head = 0, tail = 0;  // of names up to 16 bytes nothing is left out
      const std::size_t n = std::min<std::size_t>(text.size(), 8);
      if (n > 0) std::memcpy(&head, text.data(), n), std::memcpy(&tail, text.data() + text.size() - n, n);
      value = (value ^ head ^ text.size()) * 0x9E3779B97F4A7C15u;
      value = (value ^ value >> 32 ^ tail) * 0xC2B2AE3D27D4EB4Fu;
    }
    value ^= value >> 29;
    return static_cast<std::size_t>(value);
  }
  std::size_t operator()(const NamePair& p) const { return (*this)(NameView(p.first, p.second)); }
};
struct NameEqual {
  using is_transparent = void;
  static NameView view(const NamePair& p) { return {p.first, p.second}; }
  static NameView view(const NameView& p) { return p; }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return view(a) == view(b);
  }
};

using NameSet = std::unordered_set<NamePair, NameHash, NameEqual>;

pugi::xml_node node_of(void* node) { return pugi::xml_node(static_cast<pugi::xml_node_struct*>(node)); }

bool has(const NameSet& set, std::string_view owner, std::string_view name) {
  return set.find(NameView{owner, name}) != set.end();
}

void mark(NameSet& set, std::string_view owner, std::string_view name) {
  if (!has(set, owner, name)) set.emplace(owner, name);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Long values are cut, so that an Issue stays one readable line.
std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out = "\"";
  for (char c : text.substr(0, kLongest)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out + (text.size() > kLongest ? "...\"" : "\"");
}

std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (std::string_view w : words) out += (out.empty() ? "" : ", ") + std::string(w);
  return out;
}

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned b0 = byte(0), b1 = byte(1);
  if (b0 < 0x80u) return 1;
  if (b0 >= 0xC2u && b0 <= 0xDFu && tail(1)) return 2;
  if (b0 >= 0xE0u && b0 <= 0xEFu && tail(1) && tail(2))
    return (b0 == 0xE0u && b1 < 0xA0u) || (b0 == 0xEDu && b1 > 0x9Fu) ? 0 : 3;
  if (b0 >= 0xF0u && b0 <= 0xF4u && tail(1) && tail(2) && tail(3))
    return (b0 == 0xF0u && b1 < 0x90u) || (b0 == 0xF4u && b1 > 0x8Fu) ? 0 : 4;
  return 0;
}

// Offset of the first byte that is not UTF-8, or the size.
std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint64_t eight = 0;
    if (i + sizeof eight <= text.size()) std::memcpy(&eight, text.data() + i, sizeof eight);
    if (i + sizeof eight <= text.size() && (eight & 0x8080808080808080u) == 0) {
      i += sizeof eight;
      continue;
    }
    const std::size_t n = utf8_length(text.substr(i));
    if (n == 0) return i;
    i += n;
  }
  return text.size();
}

// Replaces what is not UTF-8 by U+FFFD; returns the line of the first replacement, 0 when there was none.
int repair_utf8(std::string& text) {
  std::size_t i = first_bad_byte(text);
  if (i >= text.size()) return 0;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n');
  std::string out = text.substr(0, i);
  while (i < text.size()) {
    const std::size_t n = utf8_length(std::string_view(text).substr(i));
    n == 0 ? out.append("\xEF\xBF\xBD") : out.append(text, i, n);
    i += std::max<std::size_t>(n, 1);
  }
  text = std::move(out);
  return static_cast<int>(line);
}

// Files that say they are in another encoding, which pugixml converts by itself.
bool declares_other_encoding(std::string_view text) {
  if (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0')) return true;
  if (text.size() >= 2 && ((text[0] == '\xFE' && text[1] == '\xFF') || (text[0] == '\xFF' && text[1] == '\xFE')))
    return true;
  std::string head(text.substr(0, 200));
  head = head.substr(0, head.find("?>"));
  for (char& c : head) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return head.find("iso-8859-1") != std::string::npos || head.find("latin1") != std::string::npos;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int next = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = row[j + 1];
      row[j + 1] = next;
    }
  }
  return row.back();
}

}  // namespace

constexpr std::size_t kMostNames = 1000;  // that nobody asked for, told one by one

struct XmlState {
  std::string text;  // which the document's names and values lie in
  pugi::xml_document document;
  std::string file;
  sim::Issues* issues = nullptr;
  XmlLimits limits;
  std::vector<std::uint32_t> line_starts;  // offsets; empty when the encoding was converted
  bool unread_told = true;                 // else nobody needs to know what is read
  NameSet read_elements, read_attributes;
  NameSet kept_elements, kept_attributes;  // by the reader, as they stand
  std::vector<bool> visited;               // by offset
  // Of a piece of a file: the lines before it, and what its first line's columns lack.
  int lines_before = 0, first_column = 0;
  struct RuleCount {
    std::size_t count = 0;
    sim::Severity severity = sim::Severity::kInfo;
    std::size_t first = 0;  // its place in *issues
  };
  std::map<std::string, RuleCount> rules;

  void visit(pugi::xml_node node) {
    const std::ptrdiff_t at = node.offset_debug();
    if (at < 0) return;
    if (visited.size() <= static_cast<std::size_t>(at))
      visited.resize(static_cast<std::size_t>(at) + text.size() / 8 + 1);
    visited[static_cast<std::size_t>(at)] = true;
  }
  bool was_visited(pugi::xml_node node) const {
    const std::ptrdiff_t at = node.offset_debug();
    return at < 0 || (static_cast<std::size_t>(at) < visited.size() && visited[static_cast<std::size_t>(at)]);
  }

  // pugixml counts from the name of an element, we from its `<`.
  void place(pugi::xml_node node, int& line, int& column) const { place(node.offset_debug() - 1, line, column); }
  void place(std::ptrdiff_t offset, int& line, int& column) const {
    line = column = 0;
    if (offset < 0 || line_starts.empty()) return;
    const auto after = std::upper_bound(line_starts.begin(), line_starts.end(), static_cast<std::uint32_t>(offset));
    line = static_cast<int>(after - line_starts.begin());
    column = static_cast<int>(static_cast<std::size_t>(offset) - *(after - 1)) + 1;
    if (line == 1) column = std::max(1, column + first_column);
    line += lines_before;
  }
};

// --- elements ---

std::string_view XmlElement::name() const { return node_of(node_).name(); }

std::string XmlElement::text() const {
  std::string all;
  for (pugi::xml_node n : node_of(node_).children())
    if (n.type() == pugi::node_pcdata || n.type() == pugi::node_cdata) all += n.value();
  return std::string(trimmed(all));
}

int XmlElement::line() const {
  int line = 0, column = 0;
  if (node_ != nullptr) state_->place(node_of(node_), line, column);
  return line;
}

int XmlElement::column() const {
  int line = 0, column = 0;
  if (node_ != nullptr) state_->place(node_of(node_), line, column);
  return column;
}

std::string XmlElement::where() const {
  std::string out;
  bool self = true;
  for (pugi::xml_node n = node_of(node_); n && n.type() == pugi::node_element; n = n.parent()) {
    pugi::xml_attribute label;
    for (const char* key : {"id", "name", "s", "sOffset"})
      if (!label && *n.attribute(key).value() != '\0') label = n.attribute(key);
    const bool root = n.parent().type() == pugi::node_document;
    if (self || (label && !root)) {
      std::string tag = std::string("<") + n.name();
      if (label && !root) tag += std::string(" ") + label.name() + "=" + quoted(label.value());
      out = tag + ">" + out;
    }
    self = false;
  }
  return out;
}

XmlElement XmlElement::parent() const {
  const pugi::xml_node p = node_of(node_).parent();
  return p.type() == pugi::node_element ? XmlElement(state_, p.internal_object()) : XmlElement();
}

XmlElement XmlElement::child(std::string_view name) const {
  if (node_ == nullptr) return {};
  if (state_->unread_told) mark(state_->read_elements, this->name(), name);
  for (XmlElement e = first_child(); e; e = e.next_sibling())
    if (e.name() == name) return state_->visit(node_of(e.node_)), e;
  return {};
}

XmlElement XmlElement::next(std::string_view name) const {
  for (XmlElement e = next_sibling(); e; e = e.next_sibling())
    if (e.name() == name) return state_->visit(node_of(e.node_)), e;
  return {};
}

XmlElement XmlElement::first_child() const {
  if (node_ == nullptr) return {};
  const pugi::xml_node n = node_of(node_).first_child();
  const XmlElement e(state_, n.internal_object());
  return n && n.type() != pugi::node_element ? e.next_sibling() : e;
}

XmlElement XmlElement::next_sibling() const {
  if (node_ == nullptr) return {};
  pugi::xml_node n = node_of(node_).next_sibling();
  while (n && n.type() != pugi::node_element) n = n.next_sibling();
  return XmlElement(state_, n.internal_object());
}

void XmlElement::mark_read() const {
  mark(state_->read_elements, node_of(node_).parent().name(), name());
  state_->visit(node_of(node_));
}

bool XmlElement::kept() const {
  const std::string_view owner = node_of(node_).parent().name();
  if (has(state_->kept_elements, owner, name())) return true;
  if (has(state_->read_elements, owner, name()) || state_->kept_elements.size() >= kMostNames) return false;
  mark(state_->kept_elements, owner, name());
  return true;
}

bool XmlElement::kept_attribute(std::string_view attribute) const {
  if (has(state_->kept_attributes, name(), attribute)) return true;
  if (has(state_->read_attributes, name(), attribute) || state_->kept_attributes.size() >= kMostNames) return false;
  mark(state_->kept_attributes, name(), attribute);
  return true;
}

std::string XmlElement::xml() const {
  struct Writer : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  };
  Writer writer;
  node_of(node_).print(writer, "", pugi::format_raw | pugi::format_no_declaration);
  return std::move(writer.text);
}

std::vector<XmlElement> XmlElement::children(std::string_view name) const {
  std::vector<XmlElement> found;
  for (XmlElement e = child(name); e; e = e.next(name)) found.push_back(e);
  return found;
}

std::vector<XmlElement> XmlElement::children() const {
  std::vector<XmlElement> found;
  for (XmlElement e = first_child(); e; e = e.next_sibling()) found.push_back(e);
  return found;
}

std::optional<std::string_view> XmlElement::attribute(std::string_view name) const {
  if (node_ == nullptr) return std::nullopt;
  if (state_->unread_told) mark(state_->read_attributes, this->name(), name);
  return attribute_value(name);
}

std::optional<std::string_view> XmlElement::attribute_value(std::string_view name) const {
  for (pugi::xml_attribute a : node_of(node_).attributes())
    if (name == a.name()) return a.value();
  return std::nullopt;
}

std::vector<std::string_view> XmlElement::attribute_names() const {
  std::vector<std::string_view> names;
  if (node_ == nullptr) return names;
  for (pugi::xml_attribute a : node_of(node_).attributes()) names.emplace_back(a.name());
  return names;
}

std::vector<std::pair<std::string_view, std::string_view>> XmlElement::attributes() const {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  if (node_ == nullptr) return all;
  for (pugi::xml_attribute a : node_of(node_).attributes()) {
    mark(state_->read_attributes, name(), a.name());
    all.emplace_back(a.name(), a.value());
  }
  return all;
}

void XmlElement::report(sim::Severity severity, std::string what, std::string rule, std::string remedy) const {
  if (state_ == nullptr) return;
  XmlState::RuleCount& counted = state_->rules[rule];
  if (counted.count == 0) counted = {0, severity, state_->issues->size()};
  const std::size_t limit = counted.severity == sim::Severity::kInfo ? 1 : state_->limits.max_issues_per_rule;
  if (++counted.count > limit) return;
  sim::Issue issue;
  issue.severity = severity;
  issue.file = state_->file;
  state_->place(node_of(node_), issue.line, issue.column);
  issue.where = where();
  issue.what = readable(std::move(what));
  issue.rule = std::move(rule);
  issue.remedy = std::move(remedy);
  state_->issues->push_back(std::move(issue));
}

namespace {

std::optional<std::string_view> find_attribute(const XmlElement& element, std::string_view name, bool required) {
  const auto value = element.attribute(name);
  if (!value && required)
    element.error("attribute \"" + std::string(name) + "\" is missing", "attribute_required", "add the attribute");
  return value;
}

void report_value(const XmlElement& element, std::string_view name, std::string_view value, bool required,
                  const std::string& allowed) {
  element.report(required ? sim::Severity::kError : sim::Severity::kWarning,
                 "attribute \"" + std::string(name) + "\" has the value " + quoted(value), "attribute_value",
                 "allowed: " + allowed);
}

}  // namespace

bool XmlElement::number(std::string_view name, double& out, bool required) const {
  const auto text = find_attribute(*this, name, required);
  if (!text) return false;
  const auto value = parse_double(*text);
  if (!value) report_value(*this, name, *text, required, "a finite decimal number");
  if (value) out = *value;
  return value.has_value();
}

bool XmlElement::integer(std::string_view name, std::int32_t& out, bool required) const {
  const auto text = find_attribute(*this, name, required);
  if (!text) return false;
  const auto value = parse_int(*text);
  if (!value) report_value(*this, name, *text, required, "a whole number");
  if (value) out = *value;
  return value.has_value();
}

bool XmlElement::boolean(std::string_view name, bool& out, bool required) const {
  const auto text = find_attribute(*this, name, required);
  if (!text) return false;
  const std::string_view value = trimmed(*text);
  const bool yes = value == "true" || value == "1";
  const bool known = yes || value == "false" || value == "0";
  if (!known) report_value(*this, name, *text, required, "true, false, 1, 0");
  if (known) out = yes;
  return known;
}

bool XmlElement::string(std::string_view name, std::string& out, bool required) const {
  const auto text = find_attribute(*this, name, required);
  if (text) out = *text;
  return text.has_value();
}

int XmlElement::choose(std::string_view name, const std::vector<std::string_view>& words, bool required) const {
  const auto text = find_attribute(*this, name, required);
  if (!text) return -1;
  const std::string_view value = trimmed(*text);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == value) return static_cast<int>(i);
  report_value(*this, name, *text, required, listed(words));
  return -1;
}

// --- document ---

XmlDocument::XmlDocument(std::unique_ptr<XmlState> state) : state_(std::move(state)) {}
XmlDocument::~XmlDocument() = default;
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;

XmlElement XmlDocument::root() const {
  state_->visit(state_->document.document_element());
  return XmlElement(state_.get(), state_->document.document_element().internal_object());
}

const std::string& XmlDocument::file() const { return state_->file; }

namespace {

// What pugixml 1.13 allocates for each.
constexpr std::size_t kNodeBytes = 64, kAttributeBytes = 40;
// What a document may take, judged before it does: that many times the file's size, and a base. Real OpenDRIVE files
// need up to 3.4 times their size.
constexpr std::size_t kMemoryPerByte = 4, kMemoryBase = std::size_t{48} << 20;
constexpr std::size_t kMaxAttributes = 1000;  // of one element

// What stands in the text, counted without parsing it. Counts are exact for well-formed text, and not far off else.
struct Count {
  std::size_t line = 1, nodes = 0, attributes = 0;
  std::size_t of_element = 0;  // attributes of the element at hand
  int depth = 0;
  bool inside = false;  // of a tag
};

// At the end of a comment, CDATA section or instruction that begins there; at itself when none does.
std::size_t skip_verbatim(std::string_view text, std::size_t at, Count& count) {
  const bool comment = text.substr(at, 4) == "<!--", data = text.substr(at, 9) == "<![CDATA[";
  if (!comment && !data && text.substr(at, 2) != "<?") return at;
  const std::size_t close = text.find(comment ? "-->" : data ? "]]>" : "?>", at), end = std::min(close, text.size());
  count.line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                    text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  count.nodes += data;
  return end;
}

void count_tag(std::string_view text, std::size_t at, Count& count) {
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  count.of_element = 0;
  count.inside = true;
  if (next == '/') --count.depth;
  if (next != '/' && next != '!' && next != '?') ++count.depth, ++count.nodes;
}

// Behind a `>`: a text, unless only space follows.
void count_text(std::string_view text, std::size_t at, Count& count) {
  count.inside = false;
  if (at > 0 && text[at - 1] == '/') --count.depth;
  std::size_t next = at + 1;
  while (next < text.size() && is_space(text[next])) ++next;
  count.nodes += next < text.size() && text[next] != '<';
}

sim::Result<void> check_memory(const XmlState& state, const Count& count) {
  const std::size_t size = state.text.size();
  const std::size_t wanted = size + size / 8 + kNodeBytes * count.nodes + kAttributeBytes * count.attributes +
                             sizeof(std::uint32_t) * state.line_starts.size();
  if (wanted <= kMemoryPerByte * size + kMemoryBase) return {};
  return sim::fail("would take " + std::to_string(wanted >> 20) + " MB of memory, more than " +
                       std::to_string(kMemoryPerByte) + " times its size: it holds " + std::to_string(count.nodes) +
                       " elements and texts and " + std::to_string(count.attributes) + " attributes",
                   state.file, 0, {}, "leave out elements without content, or cut the file");
}

// Before pugixml sees the text: no zero bytes, depth and sizes against bombs.
sim::Result<void> scan(const XmlState& state, bool converted) {
  const std::string_view text = state.text;
  Count count;
  const auto refuse = [&](const std::string& what) {
    return sim::fail(what, state.file, converted ? 0 : state.lines_before + static_cast<int>(count.line));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c > '>') continue;
    if (c == '\n') ++count.line;
    if (c == '\0' && !converted) return refuse("holds a zero byte, so it is not a text file");
    if (c == '<' && (i = skip_verbatim(text, i, count)) < text.size() && text[i] == '<') count_tag(text, i, count);
    if (c == '>') count_text(text, i, count);
    if (c == '=') ++count.attributes, count.of_element += count.inside;
    if (count.depth > state.limits.max_depth && !converted)
      return refuse("elements are nested deeper than " + std::to_string(state.limits.max_depth));
    if (count.of_element > kMaxAttributes)
      return refuse("an element has more than " + std::to_string(kMaxAttributes) + " attributes");
  }
  if (count.nodes > state.limits.max_elements)
    return refuse("has more than " + std::to_string(state.limits.max_elements) + " elements");
  return check_memory(state, count);
}

// Offsets are 32 bits wide: limits.max_bytes is below that.
void find_lines(XmlState& state) {
  const std::string_view text = state.text;
  state.line_starts.reserve(2 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  state.line_starts.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') state.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
}

sim::Result<void> check_depth(const XmlState& state) {
  const pugi::xml_node root = state.document;
  int depth = 0;
  for (pugi::xml_node n = root.first_child(); n && n != root;) {
    if (depth > state.limits.max_depth) {
      auto issue = sim::fail("elements are nested deeper than " + std::to_string(state.limits.max_depth), state.file);
      state.place(n, issue.value().line, issue.value().column);
      return issue;
    }
    if (n.first_child()) {
      n = n.first_child();
      ++depth;
      continue;
    }
    while (n != root && !n.next_sibling()) {
      n = n.parent();
      --depth;
    }
    if (n != root) n = n.next_sibling();
  }
  return {};
}

sim::Result<void> check_root(const XmlState& state) {
  int elements = 0;
  for (pugi::xml_node n : state.document.children()) elements += n.type() == pugi::node_element;
  if (elements == 1) return {};
  return sim::fail(
      elements == 0 ? "holds no XML element" : "has more than one root element, so it is not well-formed XML",
      state.file);
}

void warn(XmlState& state, int line, std::string what, std::string rule, std::string remedy) {
  state.issues->push_back(
      {sim::Severity::kWarning, state.file, line, 0, "", std::move(what), std::move(rule), std::move(remedy)});
}

sim::Result<void> make_tree(XmlState& state, pugi::xml_encoding encoding) {
  const pugi::xml_parse_result parsed =
      state.document.load_buffer_inplace(state.text.data(), state.text.size(), pugi::parse_default, encoding);
  if (!parsed) {
    auto issue = sim::fail(std::string("is not well-formed XML: ") + parsed.description(), state.file);
    state.place(parsed.offset, issue.value().line, issue.value().column);
    return issue;
  }
  if (auto ok = check_root(state); !ok) return ok;
  return check_depth(state);
}

void warn_of_encoding(XmlState& state, int line) {
  warn(state, line, "holds bytes that are not UTF-8; they are replaced", "xml_encoding", "save the file as UTF-8");
}

sim::Result<std::unique_ptr<XmlState>> parse(std::string text, const std::string& file_name, sim::Issues& issues,
                                             const XmlLimits& limits) {
  auto state = std::make_unique<XmlState>();
  state->text = std::move(text);
  state->file = file_name;
  state->issues = &issues;
  state->limits = limits;
  const bool converted = declares_other_encoding(state->text);
  if (state->text.size() > limits.max_bytes / (converted ? 4 : 1))
    return sim::fail("has more than " + std::to_string(limits.max_bytes / (converted ? 4 : 1)) + " bytes", file_name);
  if (!converted)
    if (const int line = repair_utf8(state->text); line > 0) warn_of_encoding(*state, line);
  if (!converted) find_lines(*state);
  if (auto ok = scan(*state, converted); !ok) return tl::unexpected(ok.error());
  if (const std::size_t at = state->text.find("<?xml "); at != std::string::npos && at > 3)
    warn(*state, 0, "the XML declaration does not stand at the very start", "xml_declaration", "move it there");
  if (auto ok = make_tree(*state, pugi::encoding_auto); !ok) return tl::unexpected(ok.error());
  return state;
}

}  // namespace

sim::Result<XmlDocument> XmlDocument::load_file(const std::filesystem::path& file, sim::Issues& issues,
                                                const XmlLimits& limits) {
  std::error_code error;
  const std::string name = file.string();
  if (!std::filesystem::exists(file, error)) return sim::fail("there is no such file", name);
  if (!std::filesystem::is_regular_file(file, error)) return sim::fail("is not a file", name);
  const auto size = std::filesystem::file_size(file, error);
  if (error) return sim::fail("cannot be read: " + error.message(), name);
  if (size > limits.max_bytes) return sim::fail("has more than " + std::to_string(limits.max_bytes) + " bytes", name);
  std::ifstream stream(file, std::ios::binary);
  std::string text(size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(size)) && size > 0)
    return sim::fail("cannot be read", name);
  auto state = parse(std::move(text), name, issues, limits);
  if (!state) return tl::unexpected(state.error());
  return XmlDocument(std::move(*state));
}

sim::Result<XmlDocument> XmlDocument::load_text(std::string_view source, const std::string& file_name,
                                                sim::Issues& issues, const XmlLimits& limits) {
  auto state = parse(std::string(source), file_name, issues, limits);
  if (!state) return tl::unexpected(state.error());
  return XmlDocument(std::move(*state));
}

// --- what nobody read ---

namespace {

struct Unread {
  std::size_t count = 0;
  int line = 0, column = 0;  // of the first
  std::string where;
};
struct UnreadNames {
  std::map<NamePair, Unread> all;
  std::size_t more = 0;  // beyond kMostNames
};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void note(XmlState& state, UnreadNames& names, std::string_view owner, std::string_view name, pugi::xml_node node) {
  const NamePair pair{owner, name};
  if (names.all.size() >= kMostNames && names.all.count(pair) == 0) {
    ++names.more;
    return;
  }
  Unread& unread = names.all[pair];
  if (unread.count++ > 0) return;
  state.place(node, unread.line, unread.column);
  unread.where = XmlElement(&state, node.internal_object()).where();
}

struct AllUnread {
  UnreadNames elements, attributes, kept_elements, kept_attributes, unvisited;
};

void collect_attributes(XmlState& state, pugi::xml_node node, AllUnread& unread) {
  for (pugi::xml_attribute a : node.attributes())
    if (!has(state.read_attributes, node.name(), a.name()))
      note(state, has(state.kept_attributes, node.name(), a.name()) ? unread.kept_attributes : unread.attributes,
           node.name(), a.name(), node);
}

// Depth is limited by check_depth, so recursion is safe.
void collect_children(XmlState& state, pugi::xml_node node, AllUnread& unread) {
  for (pugi::xml_node c : node.children()) {
    if (c.type() != pugi::node_element) continue;
    if (has(state.kept_elements, node.name(), c.name())) {
      note(state, unread.kept_elements, node.name(), c.name(), c);
    } else if (!has(state.read_elements, node.name(), c.name())) {
      note(state, unread.elements, node.name(), c.name(), c);
    } else if (!state.was_visited(c) && state.was_visited(node)) {
      note(state, unread.unvisited, node.name(), c.name(), c);
    } else {
      collect_attributes(state, c, unread);
      collect_children(state, c, unread);
    }
  }
}

std::string times(std::size_t count) { return " (" + std::to_string(count) + (count == 1 ? " time)" : " times)"); }

std::string thing_of(const NamePair& pair, bool element) {
  const auto& [owner, name] = pair;
  return element ? "<" + name + "> in <" + owner + ">" : "attribute \"" + name + "\" of <" + owner + ">";
}

void report_each(XmlState& state, const UnreadNames& names, bool elements, sim::Severity severity,
                 const std::string& rule, const std::string& before, const std::string& after = {}) {
  for (const auto& [pair, unread] : names.all) {
    sim::Issue issue;
    issue.severity = severity;
    issue.file = state.file;
    issue.line = unread.line, issue.column = unread.column;
    issue.where = unread.where;
    issue.what = before + thing_of(pair, elements) + times(unread.count) + after;
    issue.rule = rule;
    state.issues->push_back(std::move(issue));
  }
}

void report_names(XmlState& state, const UnreadNames& names, bool elements, std::span<const std::string_view> known) {
  for (const auto& [pair, unread] : names.all) {
    const std::string& name = pair.second;
    if (!elements && (name.starts_with("xmlns") || name.starts_with("xsi:"))) continue;
    sim::Issue issue;
    issue.file = state.file;
    issue.line = unread.line, issue.column = unread.column;
    issue.where = unread.where;
    const bool is_known = contains(known, name);
    issue.severity = is_known ? sim::Severity::kInfo : sim::Severity::kWarning;
    issue.rule = is_known ? "ignored" : "unknown";
    issue.what = (is_known ? "ignored: " : "unknown, ignored: ") + thing_of(pair, elements) + times(unread.count);
    if (const auto near = is_known ? std::nullopt : closest_name(name, known))
      issue.remedy = "did you mean \"" + std::string(*near) + "\"?";
    state.issues->push_back(std::move(issue));
  }
}

void tell_more(XmlState& state, const AllUnread& unread) {
  std::size_t more = 0;
  for (const auto* names : {&unread.elements, &unread.attributes, &unread.kept_elements, &unread.kept_attributes})
    more += names->more;
  if (more > 0)
    warn(state, 0, "unknown, ignored: " + std::to_string(more) + " elements and attributes of other names", "unknown",
         "");
}

// Infos are told once with their number, warnings and errors up to the limit.
void sum_up(XmlState& state, const std::string& rule, const XmlState::RuleCount& counted) {
  if (counted.severity == sim::Severity::kInfo && counted.count > 1 && counted.first < state.issues->size())
    (*state.issues)[counted.first].what += " (" + std::to_string(counted.count) + " times)";
  if (counted.severity == sim::Severity::kInfo || counted.count <= state.limits.max_issues_per_rule) return;
  warn(state, 0, "and " + std::to_string(counted.count - state.limits.max_issues_per_rule) + " more like these", rule,
       "");
}

void tell(XmlState& state, const AllUnread& unread, const XmlVocabulary& vocabulary) {
  const std::string kept = "kept as data, not used: ";
  report_each(state, unread.kept_elements, true, sim::Severity::kInfo, "ignored", kept);
  report_each(state, unread.kept_attributes, false, sim::Severity::kInfo, "ignored", kept);
  if (vocabulary.tell_unvisited)
    report_each(state, unread.unvisited, true, sim::Severity::kWarning, "not_reached",
                "left out: ", "; the ones before it count, or were refused");
  report_names(state, unread.elements, true, vocabulary.elements);
  report_names(state, unread.attributes, false, vocabulary.attributes);
  tell_more(state, unread);
}

}  // namespace

void XmlDocument::finish(const XmlVocabulary& vocabulary) {
  AllUnread unread;
  collect_attributes(*state_, state_->document.document_element(), unread);
  collect_children(*state_, state_->document.document_element(), unread);
  tell(*state_, unread, vocabulary);
  for (const auto& [rule, counted] : state_->rules) sum_up(*state_, rule, counted);
}

// --- piece by piece ---

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

struct Stream {
  const XmlSource& source;
  const XmlStreamOptions& options;
  const std::function<void(const XmlElement&)>& each;
  XmlState state;
  detail::XmlSplitter splitter;
  std::string buffer, root;   // what is not parsed yet; the root's name once a piece is parsed
  int lines = 0, column = 0;  // before the buffer
  bool latin = false, started = false, ended = false, repaired = false;
  AllUnread unread;

  sim::Result<void> fill();
  sim::Result<void> start();
  sim::Result<void> pass();
  void visit_children(bool first);
  void move_on(std::size_t bytes);
  sim::Result<void> refuse_length();
};

// What a Latin-1 file's bytes are in UTF-8.
std::string latin_to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | byte >> 6);
    out += static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte);
  }
  return out;
}

sim::Result<void> Stream::fill() {
  const std::size_t before = buffer.size(), most = std::max(kPieceBytes, before / 2);
  buffer.resize(before + most);
  std::size_t got = 0;
  while (got < most && !ended) {
    const auto more = source(buffer.data() + before + got, most - got);
    if (!more) return tl::unexpected(more.error());
    ended = *more == 0;
    got += *more;
  }
  buffer.resize(before + got);
  if (!started)
    if (auto ok = start(); !ok) return ok;
  if (latin) buffer.replace(before, got, latin_to_utf8(std::string_view(buffer).substr(before)));
  return {};
}

sim::Result<void> Stream::start() {
  started = true;
  const std::string_view head = std::string_view(buffer).substr(0, 2);
  latin = declares_other_encoding(buffer);
  if (head == "\xFE\xFF" || head == "\xFF\xFE")
    return sim::fail("is in UTF-16", state.file, 0, {}, "save the file as UTF-8");
  if (const std::size_t at = buffer.substr(0, 4096).find("<?xml "); at != std::string::npos && at > 3)
    warn(state, 0, "the XML declaration does not stand at the very start", "xml_declaration", "move it there");
  return {};
}

void Stream::move_on(std::size_t bytes) {
  const std::string_view gone = std::string_view(buffer).substr(0, bytes);
  lines += static_cast<int>(std::count(gone.begin(), gone.end(), '\n'));
  const std::size_t last = gone.rfind('\n');
  column = static_cast<int>(last == gone.npos ? static_cast<std::size_t>(column) + bytes : bytes - last - 1);
  buffer.erase(0, bytes);
}

void Stream::visit_children(bool first) {
  const pugi::xml_node node = state.document.document_element();
  state.visit(node);
  for (XmlElement e = XmlElement(&state, node.internal_object()).first_child(); e; e = e.next_sibling()) each(e);
  if (options.vocabulary == nullptr) return;
  if (first) collect_attributes(state, node, unread);
  collect_children(state, node, unread);
}

// The children that are whole, or all the rest of the file, as a document of their own.
sim::Result<void> Stream::pass() {
  const bool first = root.empty();
  const std::size_t size = ended ? buffer.size() : splitter.whole();
  if (first) root = splitter.root(buffer);
  state.text = first ? std::string() : "<" + root + ">";
  state.lines_before = lines;
  state.first_column = column - static_cast<int>(state.text.size());
  state.text.append(buffer, 0, size);
  if (!ended) state.text += "</" + root + ">", splitter.forget(size);
  move_on(size);
  if (const int line = repair_utf8(state.text); line > 0 && !repaired)
    repaired = true, warn_of_encoding(state, state.lines_before + line);
  state.line_starts.clear();
  state.visited.clear();
  find_lines(state);
  if (auto ok = scan(state, false); !ok) return ok;
  if (auto ok = make_tree(state, pugi::encoding_utf8); !ok) return ok;
  const std::string_view name = state.document.document_element().name();
  if (name != options.root)
    return sim::fail(
        "the root element is <" + readable(std::string(name)) + ">, not <" + std::string(options.root) + ">",
        state.file, state.lines_before + 1);
  visit_children(first);
  return {};
}

sim::Result<void> Stream::refuse_length() {
  state.text = buffer;
  state.lines_before = lines;
  state.line_starts.clear();
  if (auto ok = scan(state, false); !ok) return ok;
  return sim::fail("an element or text is longer than " + std::to_string(options.longest >> 20) + " MB", state.file,
                   lines + 1, {}, "cut it; what stands directly in <" + std::string(options.root) + "> is small");
}

}  // namespace

sim::Result<void> stream_xml(const XmlSource& source, const std::string& file, const XmlStreamOptions& options,
                             sim::Issues& issues, const std::function<void(const XmlElement&)>& each) {
  Stream stream{source, options, each, {}, {}, {}, {}, 0, 0, false, false, false, false, {}};
  stream.state.file = file;
  stream.state.issues = &issues;
  stream.state.unread_told = options.vocabulary != nullptr;
  while (!stream.ended) {
    if (auto ok = stream.fill(); !ok) return ok;
    stream.splitter.scan(stream.buffer);
    const bool whole = stream.splitter.whole() >= kPieceBytes / 2;
    if (stream.ended || whole)
      if (auto ok = stream.pass(); !ok) return ok;
    if (stream.buffer.size() > options.longest) return stream.refuse_length();
  }
  if (options.vocabulary != nullptr) tell(stream.state, stream.unread, *options.vocabulary);
  for (const auto& [rule, counted] : stream.state.rules) sum_up(stream.state, rule, counted);
  return {};
}

// --- text ---

std::optional<double> parse_double(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range && text.find_first_of("eE") != text.npos &&
      text.substr(text.find_first_of("eE") + 1).starts_with('-'))
    return 0.0;  // smaller than the smallest double
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int32_t> parse_int(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string readable(std::string text) {
  constexpr std::size_t kLongest = 400, kKept = 150;
  const auto inside = [&](std::size_t i) { return i < text.size() && (static_cast<unsigned char>(text[i]) >> 6) == 2; };
  if (text.size() > kLongest) {
    std::size_t head = kKept, tail = text.size() - kKept;
    while (head > 0 && inside(head)) --head;
    while (inside(tail)) ++tail;
    text = text.substr(0, head) + " ... " + text.substr(tail);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) text[i] = ' ';
    if (c == 0xC2 && inside(i + 1) && static_cast<unsigned char>(text[i + 1]) < 0xA0) text[i] = text[i + 1] = ' ';
  }
  return text;
}

std::optional<std::string_view> closest_name(std::string_view name, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  int best_distance = static_cast<int>(std::min<std::size_t>(name.size() / 3 + 1, 4)) + 1;
  if (name.size() > 200) return best;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > 200) continue;
    const int distance = edit_distance(name, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

}  // namespace bitgoeul::maps
