// bitgoeul view: starts bitgoeul-viewer, which stands beside this program when its libraries were there at build time.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <vector>

#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/view.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

// A package, and a file that proves it is there.
struct Package {
  const char *name, *file;
};
constexpr Package kPackages[] = {{"libopenscenegraph-dev", "/usr/include/osg/Group"},
                                 {"libimgui-dev", "/usr/include/imgui/imgui.h"},
                                 {"libegl-dev", "/usr/include/EGL/egl.h"},
                                 {"libgl-dev", "/usr/include/GL/gl.h"},
                                 {"fonts-nanum", "/usr/share/fonts/truetype/nanum/NanumGothic.ttf"}};

int refuse_missing(const fs::path& viewer) {
  std::string missing;
  std::error_code unused;
  for (const Package& package : kPackages)
    if (!fs::exists(package.file, unused)) missing += std::string(missing.empty() ? "" : " ") + package.name;
  const std::string remedy = missing.empty()
                                 ? "build it with: ./bitgoeul view (or the target bitgoeul-viewer)"
                                 : fmt::format("missing packages: {}; `./bitgoeul view` installs and builds", missing);
  error(fmt::format("the viewer is not built ({} is not there): {}", viewer.string(), remedy));
  return kInvalid;
}

fs::path viewer_program() {
  std::error_code unused;
  return fs::read_symlink("/proc/self/exe", unused).parent_path() / "bitgoeul-viewer";
}

}  // namespace

int find_viewer() {
  const fs::path viewer = viewer_program();
  return access(viewer.c_str(), X_OK) == 0 ? kPass : refuse_missing(viewer);
}

int start_viewer(const std::vector<std::string>& words) {
  if (const int refused = find_viewer(); refused != kPass) return refused;
  const fs::path viewer = viewer_program();
  std::vector<std::string> all{viewer.string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(viewer.c_str(), arguments.data());
  error(fmt::format("cannot start {}", viewer.string()));
  return kFault;
}

int show_in_viewer(const std::string& run) {
  const pid_t child = fork();
  if (child == 0) _exit(start_viewer({run}));
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    error(fmt::format("the viewer cannot be started; open the run with: bitgoeul view {}", run));
    return kFault;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kFault;
}

void add_view(CLI::App& program, Context& context) {
  CLI::App& sub =
      *program.add_subcommand("view", "a window on a log, a run, a scenario or a map; pictures and films of it");
  sub.prefix_command();  // every word after it is the viewer's own, --help too
  sub.set_help_flag();
  sub.footer("Example:\n  bitgoeul view runs/fleet --time 40 --follow ego_007 --screenshot ego.png");
  sub.callback([&context, &sub] { context.action = [&sub] { return start_viewer(sub.remaining()); }; });
}

}  // namespace bitgoeul::scenarios::commands
