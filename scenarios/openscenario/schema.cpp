#include "scenarios/openscenario/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/openscenario/scope.h"

namespace bitgoeul::scenarios::openscenario {
namespace {

constexpr const char* kSchemaRule = "asam.net:xosc:1.0.0:xml.valid_schema";

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    if (end != 0) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

SchemaAttribute make_attribute(std::string_view token) {
  SchemaAttribute attribute;
  attribute.required = token.ends_with('!');
  if (attribute.required) token.remove_suffix(1);
  const std::size_t colon = token.find(':');
  attribute.name = token.substr(0, colon);
  attribute.type = token.substr(colon + 1);
  return attribute;
}

void set_cardinality(SchemaChild& child, char mark) {
  child.max = mark == '?' ? 1 : -1;
  child.min = mark == '?' || mark == '*' ? 0 : mark == '+' ? 1 : mark - '0';
}

SchemaChild make_child(std::string_view token) {
  SchemaChild child;
  const bool marked = std::string_view("?*+").find(token.back()) != std::string_view::npos;
  const bool many = (token.back() == '2' || token.back() == '3') && token[token.size() - 2] != '@';
  if (marked || many) {
    set_cardinality(child, token.back());
    token.remove_suffix(1);
  }
  for (std::string_view word : split(token, '/')) {
    SchemaChild::Choice choice;
    if (const std::size_t at = word.find('@'); at != std::string_view::npos) {
      choice.since_minor = word[at + 1] - '0';
      word = word.substr(0, at);
    }
    const std::size_t colon = word.find(':');
    choice.name = word.substr(0, colon);
    choice.class_name = colon == std::string_view::npos ? word : word.substr(colon + 1);
    child.choices.push_back(choice);
  }
  return child;
}

std::vector<SchemaClass> make_schema() {
  std::vector<SchemaClass> classes;
  for (const std::string_view line : schema_class_lines()) {
    const std::size_t first = line.find('|'), second = line.find('|', first + 1);
    SchemaClass made;
    made.name = line.substr(0, first);
    for (const std::string_view token : split(line.substr(first + 1, second - first - 1), ' '))
      made.attributes.push_back(make_attribute(token));
    for (const std::string_view token : split(line.substr(second + 1), ' ')) made.children.push_back(make_child(token));
    classes.push_back(std::move(made));
  }
  std::sort(classes.begin(), classes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return classes;
}

std::string names_of(const SchemaChild& child) {
  std::string text;
  for (const auto& choice : child.choices) text += (text.empty() ? "<" : " or <") + std::string(choice.name) + ">";
  return text;
}

// `did you mean x?`, or the list when it is short.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  if (const auto close = maps::closest_name(name, known)) return fmt::format("did you mean {}?", *close);
  if (known.empty()) return "nothing may stand here";
  std::string text = "known here: ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i > 0 ? ", " : "") + std::string(known[i]);
  return text;
}

std::vector<std::string_view> words_of(std::string_view enumeration) {
  for (const std::string_view line : schema_enumeration_lines())
    if (line.size() > enumeration.size() && line.starts_with(enumeration) && line[enumeration.size()] == ' ')
      return split(line.substr(enumeration.size() + 1), ' ');
  return {};
}

std::string_view type_name(std::string_view type) {
  switch (type.front()) {
    case 'D':
      return "number";
    case 'I':
      return "whole number";
    case 'U':
      return "whole number of 0 or more";
    case 'H':
      return "whole number from 0 to 65535";
    case 'B':
      return "true or false";
    default:
      return "date and time like 2026-11-23T08:00:00";
  }
}

class Checker {
 public:
  explicit Checker(Scopes& reader) : reader_(reader) {}

  void check(const maps::XmlElement& element, std::string_view class_name) {
    const SchemaClass* found = find_class(class_name);
    if (!found) return;
    if (class_name == "CatalogReference") return check_reference(element, *found);
    const bool scoped = class_name != "OpenSCENARIO" && static_cast<bool>(element.child("ParameterDeclarations"));
    check_own(element, *found, scoped);
  }

 private:
  void check_own(const maps::XmlElement& element, const SchemaClass& of, bool scoped) {
    const Scopes::Scope scope(reader_);
    if (scoped) reader_.declare(element.child("ParameterDeclarations"), true);
    check_attributes(element, of);
    check_children(element, of);
  }

  void check_reference(const maps::XmlElement& element, const SchemaClass& of) {
    check_attributes(element, of);
    check_children(element, of);
    const CatalogScope entry(reader_, element, true);
    if (!entry.element) return;
    if (const SchemaClass* found = find_class(entry.element.name())) {
      check_attributes(entry.element, *found);
      check_children(entry.element, *found);
    }
  }

  void check_attributes(const maps::XmlElement& element, const SchemaClass& of) {
    for (const SchemaAttribute& attribute : of.attributes) {
      auto raw = element.attribute(attribute.name);
      const bool declares = of.name == "ParameterDeclaration" && attribute.name == "name";
      if (raw && (declares || attribute.name == "parameterRef") && raw->starts_with('$')) {
        raw->remove_prefix(1);
        if (declares)
          element.warning(fmt::format("a parameter is declared without the $: read as {}", *raw), "parameter",
                          fmt::format("name=\"{}\"", *raw));
      }
      if (!raw) {
        if (attribute.required)
          element.error(fmt::format("<{}> lacks the attribute {}", element.name(), attribute.name), kSchemaRule);
        continue;
      }
      std::string why;
      bool borrowed = false;
      const auto value = reader_.resolve(*raw, why, &borrowed);
      if (borrowed)
        element.warning(
            fmt::format("attribute {}=\"{}\": {}; the file that uses this entry has one of that name, which "
                        "is taken",
                        attribute.name, *raw, why),
            "parameter", "declare the parameter in the entry, and assign it where the entry is used");
      if (!value && attribute.type == "S" && raw->starts_with("${"))
        element.warning(fmt::format("attribute {}=\"{}\" is no expression of the norm ({}) and is taken as it stands",
                                    attribute.name, *raw, why),
                        "parameter");
      else if (!value)
        element.error(fmt::format("attribute {}=\"{}\": {}", attribute.name, *raw, why), "parameter");
      else
        check_value(element, attribute, *value);
    }
    std::vector<std::string_view> known;
    for (const SchemaAttribute& attribute : of.attributes) known.push_back(attribute.name);
    for (const auto& [name, value] : element.attributes()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (name.starts_with("xmlns") || name.find(':') != std::string_view::npos) continue;
      element.error(fmt::format("<{}> has no attribute {}", element.name(), name), kSchemaRule,
                    suggestion(name, known));
    }
  }

  static void check_value(const maps::XmlElement& element, const SchemaAttribute& attribute, const std::string& value) {
    if (attribute.type == "S") return;
    if (attribute.type.size() == 1) {
      if (!has_type(value, attribute.type))
        element.error(fmt::format("attribute {}=\"{}\" is not a {}", attribute.name, value, type_name(attribute.type)),
                      kSchemaRule);
      return;
    }
    const std::vector<std::string_view> words = words_of(attribute.type);
    if (std::find(words.begin(), words.end(), value) == words.end())
      element.error(
          fmt::format("attribute {}=\"{}\" is none of the words of {}", attribute.name, value, attribute.type),
          kSchemaRule, suggestion(value, words));
  }

  void check_children(const maps::XmlElement& element, const SchemaClass& of) {
    if (of.name == "CustomContent") return;
    std::vector<int> counts(of.children.size());
    std::vector<std::string_view> known;
    for (const SchemaChild& child : of.children)
      for (const auto& choice : child.choices) known.push_back(choice.name);
    for (const maps::XmlElement& child : element.children()) check_child(element, of, child, known, counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const SchemaChild& child = of.children[i];
      if (counts[i] < child.min)
        element.error(child.min == 1 ? fmt::format("<{}> lacks {}", element.name(), names_of(child))
                                     : fmt::format("<{}> needs {} or more {}, it has {}", element.name(), child.min,
                                                   names_of(child), counts[i]),
                      kSchemaRule);
      if (child.max > 0 && counts[i] > child.max)
        element.error(fmt::format("<{}> has {} of {}, one is allowed", element.name(), counts[i], names_of(child)),
                      kSchemaRule);
    }
  }

  void check_child(const maps::XmlElement& element, const SchemaClass& of, const maps::XmlElement& child,
                   const std::vector<std::string_view>& known, std::vector<int>& counts) {
    for (std::size_t i = 0; i < of.children.size(); ++i)
      for (const auto& choice : of.children[i].choices) {
        if (choice.name != child.name()) continue;
        ++counts[i];
        if (choice.since_minor > reader_.rev_minor)
          child.warning(fmt::format("<{}> belongs to 1.{}, the file says 1.{}", choice.name, choice.since_minor,
                                    reader_.rev_minor),
                        "version");
        if (of.name == "OpenSCENARIO" && choice.name == "FileHeader") return;  // checked before parameters exist
        return check(child, choice.class_name);
      }
    child.error(fmt::format("<{}> has no child <{}>", element.name(), child.name()), kSchemaRule,
                suggestion(child.name(), known));
  }

  Scopes& reader_;
};

}  // namespace

const std::vector<SchemaClass>& schema() {
  static const std::vector<SchemaClass> classes = make_schema();
  return classes;
}

const SchemaClass* find_class(std::string_view name) {
  const auto& all = schema();
  const auto found = std::lower_bound(all.begin(), all.end(), name, [](const auto& a, auto n) { return a.name < n; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

void check_schema(Scopes& reader, const maps::XmlElement& element, std::string_view class_name) {
  Checker(reader).check(element, class_name);
}

}  // namespace bitgoeul::scenarios::openscenario
