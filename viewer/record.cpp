#include "viewer/record.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <csignal>

#include "viewer/screenshot.h"

extern char** environ;

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

// ffmpeg reading raw pictures from a pipe.
class Film {
 public:
  sim::Result<void> open(const fs::path& out, double fps, int width, int height) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return sim::fail("no pipe to ffmpeg", out.string());
    std::vector<std::string> words = {"ffmpeg",
                                      "-v",
                                      "error",
                                      "-nostdin",
                                      "-y",
                                      "-f",
                                      "rawvideo",
                                      "-pix_fmt",
                                      "rgb24",
                                      "-s",
                                      fmt::format("{}x{}", width, height),
                                      "-r",
                                      fmt::format("{}", fps),
                                      "-i",
                                      "pipe:3"};
    if (out.extension() == ".gif")
      words.insert(words.end(), {"-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse"});
    else
      words.insert(words.end(), {"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"});
    words.push_back(out.string());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 3);
    const int started = posix_spawnp(&child_, "ffmpeg", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[0]);
    if (started != 0) {
      ::close(ends[1]);
      return sim::fail("ffmpeg cannot be started", out.string(), 0, {},
                       "apt-get install ffmpeg, or give a directory for single pictures");
    }
    pipe_ = ends[1];
    return {};
  }

  bool add(const Image& image) const {
    std::size_t at = 0;
    while (at < image.rgb.size()) {
      const ssize_t n = ::write(pipe_, image.rgb.data() + at, image.rgb.size() - at);
      if (n <= 0) return false;
      at += static_cast<std::size_t>(n);
    }
    return true;
  }

  bool close() {
    if (pipe_ < 0) return true;
    ::close(pipe_);
    pipe_ = -1;
    int status = 0;
    return waitpid(child_, &status, 0) == child_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  int pipe_ = -1;
  pid_t child_ = -1;
};

bool is_film(const fs::path& out) { return out.extension() == ".mp4" || out.extension() == ".gif"; }

}  // namespace

sim::Result<int> record(App& app, const RecordOptions& options, const std::function<bool(double share)>& progress) {
  Playback& clock = app.state().playback;
  const std::int64_t start = clock.time_ns, end = app.state().end_ns();
  const double length = options.duration_s > 0 ? options.duration_s : static_cast<double>(end - start) * 1e-9;
  const int count = std::max(1, static_cast<int>(std::lround(length * options.fps)));
  if (count > 1'000'000) return sim::fail("a film of more than a million pictures", options.out.string());
  app.be_patient();
  Film film;
  std::error_code error;
  std::signal(SIGPIPE, SIG_IGN);
  if (is_film(options.out)) {
    if (auto opened = film.open(options.out, options.fps, app.window().width(), app.window().height()); !opened)
      return tl::unexpected(opened.error());
  } else if (fs::create_directories(options.out, error); error) {
    return sim::fail("cannot make the directory: " + error.message(), options.out.string());
  }
  int made = 0;
  for (; made < count && progress(static_cast<double>(made) / count); ++made) {
    clock.playing = false;
    clock.time_ns = std::min(start + static_cast<std::int64_t>(std::llround(made / options.fps * clock.speed * 1e9)),
                             std::max(start, end));
    app.frame(1 / options.fps, true);  // the camera follows by the film's own time
    const Image& image = app.window().image();
    if (!is_film(options.out)) {
      if (auto written = write_image(image, options.out / fmt::format("{:06}.png", made)); !written)
        return tl::unexpected(written.error());
    } else if (!film.add(image)) {
      break;
    }
  }
  if (!film.close()) return sim::fail("ffmpeg did not finish the film", options.out.string());
  return made;
}

}  // namespace bitgoeul::viewer
