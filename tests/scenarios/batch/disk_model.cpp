#include "tests/scenarios/batch/disk_model.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bitgoeul::test {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string size_and_hash(const std::string& bytes) {  // as the shim writes it
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return std::to_string(bytes.size()) + ":" + std::to_string(hash);
}

}  // namespace

std::vector<DiskCall> read_disk_calls(const fs::path& trace) {
  std::vector<DiskCall> calls;
  std::ifstream in(trace);
  for (std::string line; std::getline(in, line);) {
    std::stringstream words(line);
    DiskCall call;
    std::string process;
    std::getline(words, process, '\t');
    std::getline(words, call.what, '\t');
    std::getline(words, call.path, '\t');
    std::getline(words, call.more, '\t');
    calls.push_back(std::move(call));
  }
  return calls;
}

DiskModel::DiskModel(const std::vector<DiskCall>& calls, const fs::path& root) : root_(root) {
  nodes_.push_back({true, {}, 0, {}});
  for (const DiskCall& call : calls) apply(call, calls_++);
  take_contents(0, "");
}

int DiskModel::find(const std::string& path) const {
  int node = 0;
  for (const fs::path& name : fs::path(path).lexically_relative(root_)) {
    if (name == ".") continue;
    const auto found = nodes_[static_cast<std::size_t>(node)].entries.find(name.string());
    if (found == nodes_[static_cast<std::size_t>(node)].entries.end()) return -1;
    node = found->second;
  }
  return node;
}

void DiskModel::change(const std::string& path, int node, std::size_t at, std::size_t group) {
  const int folder = find(fs::path(path).parent_path());
  if (folder < 0) return;
  const std::string name = fs::path(path).filename();
  entries_.push_back({folder, node, name, at, group, npos});
  if (node < 0)
    nodes_[static_cast<std::size_t>(folder)].entries.erase(name);
  else
    nodes_[static_cast<std::size_t>(folder)].entries[name] = node;
}

void DiskModel::apply(const DiskCall& call, std::size_t at) {
  const int node = find(call.path);
  if (call.what == "mkdir" || call.what == "create") {
    if (node >= 0) return;
    nodes_.push_back({call.what == "mkdir", {}, npos, {}});
    change(call.path, static_cast<int>(nodes_.size()) - 1, at, at);
  } else if (call.what == "write") {
    if (node >= 0) nodes_[static_cast<std::size_t>(node)].synced = npos;
  } else if (call.what == "remove") {
    if (node >= 0 && nodes_[static_cast<std::size_t>(node)].entries.empty()) change(call.path, -1, at, at);
  } else if (call.what == "fsync") {
    sync(call, at);
  } else if (call.what == "rename") {
    rename(call, at);
  }
}

void DiskModel::sync(const DiskCall& call, std::size_t at) {
  int node = find(call.path);
  if (node < 0) {  // another process has made it
    apply({"create", call.path, {}}, at);
    node = find(call.path);
    if (node < 0) return;
  }
  if (!nodes_[static_cast<std::size_t>(node)].folder) {
    nodes_[static_cast<std::size_t>(node)].synced = at + 1;
    said_[node] = call.more;
    return;
  }
  for (Entry& entry : entries_)
    if (entry.folder == node && entry.lasting == npos)
      for (Entry& other : entries_)
        if (other.group == entry.group) other.lasting = std::min(other.lasting, at + 1);
}

void DiskModel::rename(const DiskCall& call, std::size_t at) {
  const int node = find(call.path);
  if (node < 0 || find(fs::path(call.more).parent_path()) < 0) return;
  change(call.path, -1, at, at);
  change(call.more, node, at, at);
  renamed_[fs::path(call.more).lexically_relative(root_)] = entries_.size() - 1;
}

// From the folder as it is now.
void DiskModel::take_contents(int node, const std::string& path) {
  if (node != 0) last_[path + (nodes_[static_cast<std::size_t>(node)].folder ? "/" : "")];
  const auto entries = nodes_[static_cast<std::size_t>(node)].entries;
  for (const auto& [name, child] : entries) take_contents(child, path.empty() ? name : path + "/" + name);
  if (nodes_[static_cast<std::size_t>(node)].folder) return;
  last_[path] = nodes_[static_cast<std::size_t>(node)].contents = bytes_of(root_ / path);
  if (const auto said = said_.find(node); said != said_.end() && said->second != size_and_hash(last_[path]))
    changed_later_.push_back(path);
}

std::size_t DiskModel::lasting_since(const std::string& path) const {
  const auto found = renamed_.find(path);
  return found == renamed_.end() ? npos : entries_[found->second].lasting;
}

bool DiskModel::holds(const Entry& entry, std::size_t done, std::map<std::size_t, bool>& drawn,
                      const std::function<std::uint32_t(std::uint32_t)>& draw) const {
  if (entry.at >= done) return false;
  if (entry.lasting <= done) return true;
  const auto [it, fresh] = drawn.try_emplace(entry.group, false);
  if (fresh) it->second = draw(2) == 1;
  return it->second;
}

DiskState DiskModel::state(std::size_t done, const std::function<std::uint32_t(std::uint32_t)>& draw) const {
  std::vector<std::map<std::string, int>> folders(nodes_.size());
  std::map<std::size_t, bool> drawn;
  for (const Entry& entry : entries_) {
    if (!holds(entry, done, drawn, draw)) continue;
    auto& names = folders[static_cast<std::size_t>(entry.folder)];
    if (entry.node < 0)
      names.erase(entry.name);
    else
      names[entry.name] = entry.node;
  }
  DiskState state;
  const std::function<void(int, const std::string&)> take = [&](int at, const std::string& path) {
    const Node& node = nodes_[static_cast<std::size_t>(at)];
    if (node.folder) {
      if (at != 0) state[path + "/"];
      for (const auto& [name, child] : folders[static_cast<std::size_t>(at)])
        take(child, path.empty() ? name : path + "/" + name);
      return;
    }
    std::string& bytes = state[path] = node.contents;
    if (node.synced <= done) return;
    switch (draw(4)) {
      case 0:
        bytes.clear();
        break;
      case 1:
        bytes.resize(bytes.size() / 2);
        break;
      case 2:
        bytes.assign(bytes.size(), '\0');
        break;
      default:
        break;
    }
  };
  take(0, "");
  return state;
}

}  // namespace bitgoeul::test
