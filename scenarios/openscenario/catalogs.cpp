#include "scenarios/openscenario/catalogs.h"

#include <fmt/format.h>

#include <algorithm>

namespace bitgoeul::scenarios::openscenario {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPath = 4096;
constexpr int kMaxUp = 4;
constexpr std::size_t kMaxFiles = 1000;

// The directory that a scenario in `directory` may reach into at most.
fs::path root_of(const fs::path& directory) {
  std::error_code error;
  fs::path root = fs::weakly_canonical(directory.empty() ? fs::path(".") : directory, error);
  for (int i = 0; i < kMaxUp && root.has_relative_path(); ++i) root = root.parent_path();
  return root;
}

bool below(const fs::path& root, const fs::path& path) {
  const auto [r, p] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return r == root.end() || (std::next(r) == root.end() && r->empty());
}

}  // namespace

std::optional<std::string> refused_path(std::string_view path) {
  if (path.empty()) return "the path is empty";
  if (path.size() > kMaxPath) return fmt::format("the path is longer than {} characters", kMaxPath);
  if (path.find('\0') != std::string_view::npos) return "the path holds a NUL character";
  if (path.find("://") != std::string_view::npos) return "addresses (scheme://) are not followed";
  if (path.starts_with("\\\\") || path.starts_with("//")) return "network paths are not followed";
  if (path.starts_with('/') || (path.size() > 1 && path[1] == ':')) return "absolute paths are not followed";
  int depth = 0;
  for (const fs::path& part : fs::path(path)) {
    if (part == "..")
      --depth;
    else if (part != "." && !part.empty())
      ++depth;
    if (depth < -kMaxUp) return fmt::format("the path leads more than {} directories up", kMaxUp);
  }
  return std::nullopt;
}

sim::Result<fs::path> resolve_path(const fs::path& directory, std::string_view path) {
  if (const auto why = refused_path(path)) return sim::fail(*why);
  const fs::path joined = (directory / fs::path(path)).lexically_normal();
  std::error_code error;
  const fs::path real = fs::weakly_canonical(joined, error);
  if (!error && !below(root_of(directory), real)) return sim::fail("the path leads out through a link");
  return joined;
}

void Catalogs::add_location(const maps::XmlElement& directory, std::string path) {
  locations_.push_back({directory, std::move(path)});
}

void Catalogs::load(const fs::path& file) {
  sim::Issues ignored;
  auto document = maps::XmlDocument::load_file(file, *issues_);
  if (!document) {
    sim::Issue issue = document.error();
    issue.severity = sim::Severity::kWarning;
    issue.what += "; the catalogue file is left out";
    issues_->push_back(std::move(issue));
    return;
  }
  if (document->root().name() == "OpenSCENARIO" && document->root().child("Catalog"))
    files_.push_back({file.string(), std::move(*document)});
}

void Catalogs::open(Location& location) {
  location.open = true;
  const auto resolved = resolve_path(directory_, location.path);
  if (!resolved) {
    location.element.error(
        fmt::format("catalogue \"{}\" is refused: {}", maps::readable(location.path), resolved.error().what), "path",
        "keep catalogues beside the scenario");
    return;
  }
  std::error_code error;
  std::vector<fs::path> found;
  if (fs::is_directory(*resolved, error)) {
    for (fs::directory_iterator it(*resolved, error), end; !error && it != end && found.size() < kMaxFiles;
         it.increment(error))
      if (it->path().extension() == ".xosc") found.push_back(it->path());
  } else if (fs::is_regular_file(*resolved, error)) {
    found.push_back(*resolved);
  } else {
    location.element.warning(fmt::format("there is no catalogue directory {}", resolved->string()), "catalog");
  }
  std::sort(found.begin(), found.end());
  for (const fs::path& file : found) load(file);
}

Catalogs::Entry Catalogs::find(const std::string& catalog, const std::string& entry) {
  for (Location& location : locations_)
    if (!location.open) open(location);
  std::vector<std::string_view> names, entries;
  for (const File& file : files_) {
    const maps::XmlElement held = file.document.root().child("Catalog");
    names.push_back(held.attribute("name").value_or(""));
    if (names.back() != catalog) continue;
    for (const maps::XmlElement& element : held.children()) {
      if (element.attribute("name") == std::string_view(entry)) return {element, file.name, {}, {}};
      entries.push_back(element.attribute("name").value_or(""));
    }
  }
  const bool known = std::find(names.begin(), names.end(), catalog) != names.end();
  // Another player takes catalogues by the names of their files.
  for (const File& file : files_) {
    if (known || fs::path(file.name).stem() != catalog) continue;
    const maps::XmlElement held = file.document.root().child("Catalog");
    for (const maps::XmlElement& element : held.children())
      if (element.attribute("name") == std::string_view(entry)) {
        held.warning(fmt::format("the catalogue is called {}, and is taken for {} by the name of its file",
                                 held.attribute("name").value_or(""), catalog),
                     "catalog", "call it what the file is called");
        return {element, file.name, {}, {}};
      }
  }
  Entry missing;
  missing.why = known ? fmt::format("catalogue {} has no entry {}", catalog, entry)
                      : fmt::format("there is no catalogue named {}", catalog);
  const auto close = known ? maps::closest_name(entry, entries) : maps::closest_name(catalog, names);
  if (close) missing.remedy = fmt::format("did you mean {}?", *close);
  return missing;
}

}  // namespace bitgoeul::scenarios::openscenario
