// xml: an XML file held in memory, its elements with line and column, and typed attributes that report what is wrong
// with them. A thin wrapper over pugixml (hidden in xml.cpp), used by the readers of OpenDRIVE, OpenSCENARIO and
// catalogues. It remembers every name a reader asks for, so that finish() can name the rest: nothing is ignored in
// silence. XmlElement is a handle (two words), valid as long as its XmlDocument. Thread rule: one thread per document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::maps {

struct XmlLimits {
  std::size_t max_bytes = std::size_t{1} << 29;
  int max_depth = 64;
  std::size_t max_elements = 20'000'000;
  std::size_t max_issues_per_rule = 20;  // the rest is counted and summed up by finish()
};

// The words an attribute may hold, with what they mean.
template <class E>
struct XmlWord {
  std::string_view text;
  E value;
};

struct XmlState;

class XmlElement {
 public:
  XmlElement() = default;
  XmlElement(XmlState* state, void* node) : state_(state), node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const XmlElement& other) const { return node_ == other.node_; }

  std::string_view name() const;
  std::string text() const;  // text and CDATA directly inside, without surrounding white space
  int line() const;          // 1-based; 0 when unknown (UTF-16 files)
  int column() const;
  std::string where() const;  // `<road id="12"><lane id="-1"><width>`: the ancestors that have an id, a name or a place

  XmlElement parent() const;                      // nothing for the root
  XmlElement child(std::string_view name) const;  // the first one
  XmlElement next(std::string_view name) const;   // next sibling
  XmlElement first_child() const;                 // of any name; does not count as read until read() is called
  XmlElement next_sibling() const;
  void mark_read() const;  // for loops over children of any name
  std::vector<XmlElement> children(std::string_view name) const;
  std::vector<XmlElement> children() const;  // of any name, not counted as read

  // The text as it stands; nothing when the attribute is missing.
  std::optional<std::string_view> attribute(std::string_view name) const;
  std::vector<std::pair<std::string_view, std::string_view>> attributes() const;
  std::vector<std::string_view> attribute_names() const;                         // not counted as read
  std::optional<std::string_view> attribute_value(std::string_view name) const;  // neither

  // For readers that keep what they do not use. True when nobody asks for elements of that name in such a parent (for
  // the attribute: in such elements), so that the caller is the one to keep it; finish() tells so once per name.
  bool kept() const;
  bool kept_attribute(std::string_view attribute) const;
  std::string xml() const;  // the element as text, with all that it holds

  // required: a missing attribute is an error Issue. optional: it is not. Both: a value that cannot be read is an Issue
  // that names what is allowed, and `out` stays as it was. True when `out` was set. Doubles are finite, always.
  bool required(std::string_view name, double& out) const { return number(name, out, true); }
  bool optional(std::string_view name, double& out) const { return number(name, out, false); }
  bool required(std::string_view name, std::int32_t& out) const { return integer(name, out, true); }
  bool optional(std::string_view name, std::int32_t& out) const { return integer(name, out, false); }
  bool required(std::string_view name, bool& out) const { return boolean(name, out, true); }
  bool optional(std::string_view name, bool& out) const { return boolean(name, out, false); }
  bool required(std::string_view name, std::string& out) const { return string(name, out, true); }
  bool optional(std::string_view name, std::string& out) const { return string(name, out, false); }
  template <class E>
  bool required(std::string_view name, E& out, std::span<const XmlWord<E>> words) const {
    return word(name, out, words, true);
  }
  template <class E>
  bool optional(std::string_view name, E& out, std::span<const XmlWord<E>> words) const {
    return word(name, out, words, false);
  }

  // An Issue about this element, with file, line and column. Of infos with the same rule only the first one is kept,
  // with the number of times; of warnings and errors as many as XmlLimits says.
  void report(sim::Severity severity, std::string what, std::string rule = {}, std::string remedy = {}) const;
  void error(std::string what, std::string rule, std::string remedy = {}) const {
    report(sim::Severity::kError, std::move(what), std::move(rule), std::move(remedy));
  }
  void warning(std::string what, std::string rule, std::string remedy = {}) const {
    report(sim::Severity::kWarning, std::move(what), std::move(rule), std::move(remedy));
  }
  void info(std::string what, std::string rule, std::string remedy = {}) const {
    report(sim::Severity::kInfo, std::move(what), std::move(rule), std::move(remedy));
  }

 private:
  bool number(std::string_view name, double& out, bool required) const;
  bool integer(std::string_view name, std::int32_t& out, bool required) const;
  bool boolean(std::string_view name, bool& out, bool required) const;
  bool string(std::string_view name, std::string& out, bool required) const;
  // Index into words, or -1 after reporting.
  int choose(std::string_view name, const std::vector<std::string_view>& words, bool required) const;
  template <class E>
  bool word(std::string_view name, E& out, std::span<const XmlWord<E>> words, bool required) const {
    std::vector<std::string_view> texts;
    for (const XmlWord<E>& w : words) texts.push_back(w.text);
    const int i = choose(name, texts, required);
    if (i >= 0) out = words[static_cast<std::size_t>(i)].value;
    return i >= 0;
  }

  XmlState* state_ = nullptr;
  void* node_ = nullptr;
};

// Names that a norm knows although the reader does not use them.
struct XmlVocabulary {
  std::span<const std::string_view> elements;
  std::span<const std::string_view> attributes;
  bool tell_unvisited = false;  // elements of a name that is read, which child() and next() never came to
};

class XmlDocument {
 public:
  // Fails with file, line, column and reason when the file is missing, too large, too deep or not well-formed XML.
  // Issues found while reading go to `issues`, which must outlive the document.
  static sim::Result<XmlDocument> load_file(const std::filesystem::path& file, sim::Issues& issues,
                                            const XmlLimits& limits = {});
  static sim::Result<XmlDocument> load_text(std::string_view text, const std::string& file_name, sim::Issues& issues,
                                            const XmlLimits& limits = {});
  ~XmlDocument();
  XmlDocument(XmlDocument&&) noexcept;
  XmlDocument& operator=(XmlDocument&&) noexcept;

  XmlElement root() const;
  const std::string& file() const;

  // One Issue per element name and per attribute name that nobody read, with the number of times and the first line:
  // info when the vocabulary knows the name, else a warning with the nearest known name; and sums of Issues beyond the
  // limit per rule. Call it once, at the end.
  void finish(const XmlVocabulary& vocabulary);

 private:
  explicit XmlDocument(std::unique_ptr<XmlState> state);
  std::unique_ptr<XmlState> state_;
};

// XML Schema numbers (decimal or exponent, no NAN, no INF); surrounding white space is allowed.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int32_t> parse_int(std::string_view text);
// Text of a file as one line for a person: control characters become spaces, what is longer than 400 bytes loses its
// middle.
std::string readable(std::string text);
// The candidate with the smallest edit distance, when it is near enough to be a slip of the pen.
std::optional<std::string_view> closest_name(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace bitgoeul::maps
