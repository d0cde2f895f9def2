// Scopes: which parameters a place in a file sees ($name, ${expression}), and the entries that catalogue references
// name. <ParameterDeclarations> may stand at the root, in stories, maneuvers and catalogue entries; inner names hide
// outer ones, and an entry sees its own only. Made by parse.cpp, one per file; read by schema.cpp. Thread rule: one
// thread.
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
  // Of <ParameterDeclarations>; reports duplicates, types and constraints when asked to.
  void declare(const XmlElement& element, bool report);
  std::optional<std::string> resolve(std::string_view raw, std::string& why) const {
    return resolve_text(raw, parameters, why);
  }
  std::string text(const XmlElement& element, std::string_view name) const;  // resolved; empty when it has no value

 private:
  friend struct CatalogScope;
  int catalog_depth_ = 0;
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
