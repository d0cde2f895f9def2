// Scopes: which parameters a place in a file sees ($name, ${expression}), and the entries that catalogue references
// name. <ParameterDeclarations> may stand at the root, in stories, maneuvers and catalogue entries; inner names hide
// outer ones. An entry is to declare what it uses (1.3, 9.1); what it does not is taken from the root of the file that
// refers to it, with a warning. Made by parse.cpp, one per file; read by schema.cpp. Thread rule: one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maps/xml.h"
#include "scenarios/openscenario/catalogs.h"
#include "scenarios/openscenario/model.h"

namespace bitgoeul::scenarios::openscenario {

using maps::XmlElement;

// `type`: a letter of schema_classes.cpp.
bool has_type(const std::string& value, std::string_view type);
bool is_date_time(const std::string& text);  // xsd:dateTime

// The text with $name or ${...} replaced; nothing, and why, when there is no value.
std::optional<std::string> resolve_text(std::string_view raw, const std::vector<ParameterDeclaration>& parameters,
                                        std::string& why);

class Scopes {
 public:
  explicit Scopes(Catalogs& catalogs) : catalogs(catalogs) {}

  int rev_minor = 3;
  Catalogs& catalogs;
  std::vector<ParameterDeclaration> parameters;  // innermost last

  // Parameters declared while it lives are forgotten with it.
  struct Scope {
    explicit Scope(Scopes& scopes) : scopes(scopes), size(scopes.parameters.size()) {}
    ~Scope() { scopes.parameters.resize(size); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Scopes& scopes;
    std::size_t size;
  };
  // Of <ParameterDeclarations>; reports duplicates, types and constraints when asked to. `outermost`: of the root.
  void declare(const XmlElement& element, bool report, bool outermost = false);
  // `borrowed`: set where an entry of a catalogue has its value from the root of the file.
  std::optional<std::string> resolve(std::string_view raw, std::string& why, bool* borrowed = nullptr) const;
  std::string text(const XmlElement& element, std::string_view name) const;  // resolved; empty when it has no value

 private:
  friend struct CatalogScope;
  int catalog_depth_ = 0;
  std::vector<ParameterDeclaration> root_;  // the file's, while an entry is read
  int declared_ = 0;                        // below the root, so far
};

// The entry that a <CatalogReference> names, with its parameters declared and assigned, while it lives.
struct CatalogScope {
  CatalogScope(Scopes& scopes, const XmlElement& reference, bool report);
  ~CatalogScope();
  CatalogScope(const CatalogScope&) = delete;
  CatalogScope& operator=(const CatalogScope&) = delete;
  XmlElement element;  // null: none, and reported

 private:
  void enter(const XmlElement& reference, bool report);
  Scopes& reader_;
  Scopes::Scope scope_;
  std::vector<ParameterDeclaration> outer_;
};

}  // namespace bitgoeul::scenarios::openscenario
