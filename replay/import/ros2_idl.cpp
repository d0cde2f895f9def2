// Message definitions in OMG IDL 4.2, as ROS 2 writes them (design.ros2.org/articles/idl_interface_definition.html), as
// the ros2msg text that the decoder reads: structs and typedefs of arrays in modules; constants, enumerations,
// annotations and comments say nothing about the bytes and are passed over.
#include <fmt/format.h>

#include <array>
#include <map>
#include <vector>

#include "replay/import/decoder.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kNames = {
    {{"boolean", "bool"},         {"octet", "uint8"},         {"char", "uint8"},
     {"float", "float32"},        {"double", "float64"},      {"short", "int16"},
     {"long", "int32"},           {"longlong", "int64"},      {"int8", "int8"},
     {"uint8", "uint8"},          {"int16", "int16"},         {"uint16", "uint16"},
     {"int32", "int32"},          {"uint32", "uint32"},       {"int64", "int64"},
     {"uint64", "uint64"},        {"string", "string"},       {"wstring", "wstring"},
     {"unsignedshort", "uint16"}, {"unsignedlong", "uint32"}, {"unsignedlonglong", "uint64"}}};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// Words, `::` and single signs; texts, comments, # lines and the lines between the files of a bundle are left out.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto until = [&](std::string_view end, std::size_t from) {
      const std::size_t found = text.find(end, from);
      at = found == std::string_view::npos ? text.size() : found + end.size();
    };
    const std::string_view rest = text.substr(at);
    const bool line_start = at == 0 || text[at - 1] == '\n';
    if (rest.starts_with("//") || rest[0] == '#' ||
        (line_start && (rest.starts_with("IDL:") || rest.starts_with("===")))) {
      until("\n", at);
    } else if (rest.starts_with("/*")) {
      until("*/", at + 2);
    } else if (rest[0] == '"') {
      ++at;
      while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
      ++at;
      out.emplace_back("\"");
    } else if (is_word(rest[0])) {
      std::size_t end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      out.emplace_back(text.substr(at, end - at));
      at = end;
    } else {
      const std::size_t size = rest.starts_with("::") ? 2 : 1;
      if (rest[0] != ' ' && rest[0] != '\t' && rest[0] != '\n' && rest[0] != '\r')
        out.emplace_back(rest.substr(0, size));
      at += size;
    }
  }
  return out;
}

class Idl {
 public:
  explicit Idl(std::string_view text) : tokens_(tokens_of(text)) {}

  sim::Result<void> parse() {
    while (at_ < tokens_.size() && why_.empty()) declaration();
    if (!why_.empty()) return sim::fail("the definition in IDL " + why_);
    return {};
  }
  const std::map<std::string, std::string>& structs() const { return structs_; }

 private:
  const std::string& peek() const {
    static const std::string kEnd;
    return at_ < tokens_.size() ? tokens_[at_] : kEnd;
  }
  std::string take() {
    std::string token = peek();
    ++at_;
    return token;
  }
  void fail(std::string what) {
    if (why_.empty()) why_ = std::move(what);
  }
  void expect(std::string_view token) {
    if (const std::string got = take(); got != token)
      fail("has '" + got + "' where '" + std::string(token) + "' belongs");
  }

  // From an opening bracket past its match.
  void skip_brackets(std::string_view open, std::string_view close) {
    int depth = 0;
    do {
      const std::string token = take();
      depth += token == open ? 1 : token == close ? -1 : 0;
    } while (depth > 0 && at_ < tokens_.size());
  }
  void skip_annotations() {
    while (peek() == "@") {
      take();
      take();
      while (peek() == "::") take(), take();
      if (peek() == "(") skip_brackets("(", ")");
    }
  }

  void declaration() {
    skip_annotations();
    const std::string word = take();
    if (word == "module") {
      modules_.push_back(take());
      expect("{");
    } else if (word == "}") {
      if (modules_.empty()) return fail("closes a module that is not open");
      modules_.pop_back();
      if (peek() == ";") take();
    } else if (word == "struct") {
      structure();
    } else if (word == "typedef") {
      alias();
    } else if (word == "enum") {
      enums_.push_back(qualified(take()));
      skip_brackets("{", "}");
      expect(";");
    } else if (word == "const") {
      while (at_ < tokens_.size() && take() != ";") continue;
    } else if (!word.empty() && word != ";") {
      fail("has '" + word + "', which is not read");
    }
  }

  // pkg/Name, from the modules pkg::msg.
  std::string qualified(const std::string& name) const {
    return modules_.empty() ? name : modules_.front() + "/" + name;
  }

  struct Type {
    std::string name, list;  // list: [] or [9]
  };

  Type type() {
    skip_annotations();
    std::string word = take();
    if (word == "sequence") {
      expect("<");
      const Type element = type();
      if (peek() == ",") take(), take();
      expect(">");
      if (!element.list.empty()) fail("has a list of lists, which is not read");
      return {element.name, "[]"};
    }
    if (word == "unsigned") word += take();
    if ((word == "long" || word == "unsignedlong") && peek() == "long") word += take();
    if ((word == "string" || word == "wstring") && peek() == "<") skip_brackets("<", ">");
    for (const auto& [idl, msg] : kNames)
      if (idl == word) return {std::string(msg), {}};
    std::vector<std::string> parts{word};
    while (peek() == "::") take(), parts.push_back(take());
    const std::string name = parts.size() > 1 ? parts.front() + "/" + parts.back() : qualified(word);
    if (const auto known = aliases_.find(name); known != aliases_.end()) return known->second;
    for (const std::string& one : enums_)
      if (one == name) return {"uint32", {}};
    return {name, {}};
  }

  // NAME or NAME[9], after its type.
  std::string declarator(Type& of) {
    std::string name = take();
    if (peek() != "[") return name;
    take();
    if (!of.list.empty()) fail("has a list of lists, which is not read");
    of.list = fmt::format("[{}]", take());
    expect("]");
    if (peek() == "[") fail("has an array of arrays, which is not read");
    return name;
  }

  void alias() {
    Type of = type();
    const std::string name = qualified(declarator(of));
    aliases_[name] = of;
    expect(";");
  }

  void structure() {
    const std::string name = qualified(take());
    std::string& text = structs_[name];
    if (peek() == ":") return fail("has a struct with a base, which is not read");
    expect("{");
    while (peek() != "}" && at_ < tokens_.size() && why_.empty()) {
      const Type common = type();
      do {
        if (peek() == ",") take();
        Type mine = common;
        const std::string member = declarator(mine);
        text += mine.name + mine.list + " " + member + "\n";
      } while (peek() == ",");
      expect(";");
    }
    expect("}");
    expect(";");
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string> modules_, enums_;
  std::map<std::string, Type> aliases_;
  std::map<std::string, std::string> structs_;
  std::string why_;
};

}  // namespace

sim::Result<std::string> ros2msg_of_idl(std::string_view name, std::string_view text) {
  Idl idl(text);
  if (auto parsed = idl.parse(); !parsed) return tl::unexpected(parsed.error());
  const auto mine = idl.structs().find(plain_type(name));
  if (mine == idl.structs().end()) return sim::fail("the definition in IDL has no struct " + plain_type(name));
  std::string out = mine->second;
  for (const auto& [type, fields] : idl.structs()) out += "MSG: " + type + "\n" + fields;
  return out;
}

}  // namespace bitgoeul::replay::import
