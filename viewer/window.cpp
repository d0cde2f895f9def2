#include "viewer/window.h"

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <osg/Group>
#include <osg/Stats>
#include <osgGA/GUIEventHandler>
#include <osgViewer/Viewer>

#include "viewer/egl_context.h"
#include "viewer/geometry.h"

namespace bitgoeul::viewer {

namespace {

using Clock = std::chrono::steady_clock;
using Adapter = osgGA::GUIEventAdapter;

struct KeyPair {
  int osg, ours;
  ImGuiKey imgui;
};
constexpr KeyPair kKeys[] = {{Adapter::KEY_Left, kKeyLeft, ImGuiKey_LeftArrow},
                             {Adapter::KEY_Right, kKeyRight, ImGuiKey_RightArrow},
                             {Adapter::KEY_Up, kKeyUp, ImGuiKey_UpArrow},
                             {Adapter::KEY_Down, kKeyDown, ImGuiKey_DownArrow},
                             {Adapter::KEY_Home, kKeyHome, ImGuiKey_Home},
                             {Adapter::KEY_End, kKeyEnd, ImGuiKey_End},
                             {Adapter::KEY_Page_Up, kKeyPageUp, ImGuiKey_PageUp},
                             {Adapter::KEY_Page_Down, kKeyPageDown, ImGuiKey_PageDown},
                             {Adapter::KEY_Escape, kKeyEscape, ImGuiKey_Escape},
                             {Adapter::KEY_Delete, kKeyDelete, ImGuiKey_Delete},
                             {Adapter::KEY_F1, kKeyF1, ImGuiKey_COUNT},
                             {Adapter::KEY_BackSpace, '\b', ImGuiKey_Backspace},
                             {Adapter::KEY_Return, '\r', ImGuiKey_Enter},
                             {Adapter::KEY_Tab, '\t', ImGuiKey_Tab},
                             {Adapter::KEY_Space, ' ', ImGuiKey_Space}};

int our_key(int key) {
  for (const KeyPair& pair : kKeys)
    if (pair.osg == key) return pair.ours;
  if (key >= 'A' && key <= 'Z') return key - 'A' + 'a';
  return key > 0 && key < 128 ? key : 0;
}

int osg_key(int key) {
  for (const KeyPair& pair : kKeys)
    if (pair.ours == key) return pair.osg;
  return key;
}

// Hands the events first to the panels, then to Input.
class Hands : public osgGA::GUIEventHandler {
 public:
  Input input;
  bool closing = false;

  void begin_frame() {
    ImGuiIO& io = ImGui::GetIO();
    for (int b = 0; b < 3; ++b) {
      if (release_later_[b]) io.MouseDown[b] = false;
      pressed_now_[b] = release_later_[b] = false;
    }
    for (const ImGuiKey key : keys_later_) io.KeysDown[key] = false;
    keys_later_.clear(), keys_now_.clear();
    input.dx = input.dy = input.wheel = 0;
    input.clicked = input.double_clicked = false;
    input.keys.clear();
  }

  bool handle(const Adapter& event, osgGA::GUIActionAdapter&) override {
    ImGuiIO& io = ImGui::GetIO();
    input.shift = (event.getModKeyMask() & Adapter::MODKEY_SHIFT) != 0;
    input.control = (event.getModKeyMask() & Adapter::MODKEY_CTRL) != 0;
    io.KeyShift = input.shift, io.KeyCtrl = input.control;
    switch (event.getEventType()) {
      case Adapter::MOVE:
      case Adapter::DRAG:
        move(event, io);
        return false;
      case Adapter::PUSH:
      case Adapter::DOUBLECLICK:
      case Adapter::RELEASE:
        move(event, io);
        press(event, io, event.getEventType() != Adapter::RELEASE);
        input.double_clicked |= event.getEventType() == Adapter::DOUBLECLICK && !io.WantCaptureMouse;
        return false;
      case Adapter::SCROLL:
        wheel(event, io);
        return false;
      case Adapter::KEYDOWN:
      case Adapter::KEYUP:
        key(event.getKey(), event.getEventType() == Adapter::KEYDOWN, io);
        return false;
      case Adapter::CLOSE_WINDOW:
        closing = true;
        return false;
      default:
        return false;
    }
  }

 private:
  void move(const Adapter& event, ImGuiIO& io) {
    const double x = static_cast<double>(event.getX() - event.getXmin());
    double y = static_cast<double>(event.getY() - event.getYmin());
    if (event.getMouseYOrientation() == Adapter::Y_INCREASING_UPWARDS)
      y = static_cast<double>(event.getYmax() - event.getYmin()) - y;
    if (!io.WantCaptureMouse || dragging_) input.dx += x - input.x, input.dy += y - input.y;
    input.x = x, input.y = y;
    io.MousePos = ImVec2(static_cast<float>(x), static_cast<float>(y));
  }

  void press(const Adapter& event, ImGuiIO& io, bool down) {
    const int button = event.getButton() == Adapter::LEFT_MOUSE_BUTTON    ? 0
                       : event.getButton() == Adapter::RIGHT_MOUSE_BUTTON ? 1
                                                                          : 2;
    if (down)
      io.MouseDown[button] = pressed_now_[button] = true;
    else if (pressed_now_[button])
      release_later_[button] = true;
    else
      io.MouseDown[button] = false;
    bool& held = button == 0 ? input.left : button == 1 ? input.right : input.middle;
    if (down && io.WantCaptureMouse) return;
    if (button == 0 && down) press_x_ = input.x, press_y_ = input.y;
    if (button == 0 && !down && held) input.clicked = std::hypot(input.x - press_x_, input.y - press_y_) < 4;
    held = down;
    dragging_ = input.left || input.right || input.middle;
  }

  void wheel(const Adapter& event, ImGuiIO& io) {
    double steps = event.getScrollingMotion() == Adapter::SCROLL_UP     ? 1
                   : event.getScrollingMotion() == Adapter::SCROLL_DOWN ? -1
                                                                        : 0;
    if (event.getScrollingMotion() == Adapter::SCROLL_2D) steps = static_cast<double>(event.getScrollingDeltaY());
    io.MouseWheel += static_cast<float>(steps);
    if (!io.WantCaptureMouse) input.wheel += steps;
  }

  void key(int code, bool down, ImGuiIO& io) {
    for (const KeyPair& pair : kKeys) {
      if (pair.osg != code || pair.imgui == ImGuiKey_COUNT) continue;
      if (!down && std::count(keys_now_.begin(), keys_now_.end(), pair.imgui) > 0) {
        keys_later_.push_back(pair.imgui);
        continue;
      }
      io.KeysDown[pair.imgui] = down;
      if (down) keys_now_.push_back(pair.imgui);
    }
    if (down && code >= 32 && code < 0xff00 && code != 127) io.AddInputCharacter(static_cast<unsigned>(code));
    const int ours = our_key(code);
    if (ours == 0) return;
    if (!down) std::erase(input.held, ours);
    if (!down || io.WantTextInput) return;
    input.keys.push_back(ours);
    if (ours >= 'a' && ours <= 'z' && std::count(input.held.begin(), input.held.end(), ours) == 0)
      input.held.push_back(ours);
  }

  double press_x_ = 0, press_y_ = 0;
  bool dragging_ = false;
  // The panels see the hands once a frame: what is pressed and let go between two frames is let go in the next.
  bool pressed_now_[3] = {}, release_later_[3] = {};
  std::vector<ImGuiKey> keys_now_, keys_later_;
};

// After the scene: the panels, then the pixels when they are wanted.
class Overlay : public osg::Camera::DrawCallback {
 public:
  bool capture = false;
  Image image;
  int width = 0, height = 0;

  void operator()(osg::RenderInfo&) const override {
    if (ImDrawData* data = ImGui::GetDrawData()) ImGui_ImplOpenGL3_RenderDrawData(data);
    if (!capture) return;
    Image& out = const_cast<Overlay*>(this)->image;
    out.width = width, out.height = height;
    std::vector<std::uint8_t> upside_down(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
    out.rgb.resize(upside_down.size());
    const std::size_t row = static_cast<std::size_t>(width) * 3;
    for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
      std::copy_n(upside_down.begin() + static_cast<std::ptrdiff_t>(y * row), row,
                  out.rgb.end() - static_cast<std::ptrdiff_t>((y + 1) * row));
  }
};

void load_fonts(ImGuiIO& io) {
  const char* nanum = "/usr/share/fonts/truetype/nanum/NanumGothic.ttf";
  std::error_code error;
  static const ImWchar kRanges[] = {0x20,   0xff,   0x2010, 0x205e, 0x2190, 0x21ff, 0x25a0,
                                    0x25ff, 0x3131, 0x3163, 0xac00, 0xd7a3, 0};
  ImFontConfig config;
  config.OversampleH = 1, config.PixelSnapH = true;
  if (std::filesystem::exists(nanum, error)) io.Fonts->AddFontFromFileTTF(nanum, 15.0f, &config, kRanges);
  if (io.Fonts->Fonts.empty()) io.Fonts->AddFontDefault();
}

void set_style() {
  ImGui::StyleColorsDark();
  ImGuiStyle& style = ImGui::GetStyle();
  style.WindowRounding = 5, style.FrameRounding = 3, style.GrabRounding = 3, style.WindowBorderSize = 0;
  style.ItemSpacing = ImVec2(7, 5);
  style.Colors[ImGuiCol_WindowBg] = ImVec4(0.07f, 0.09f, 0.11f, 0.88f);
  style.Colors[ImGuiCol_TitleBg] = style.Colors[ImGuiCol_TitleBgActive] = ImVec4(0.10f, 0.14f, 0.18f, 0.95f);
  style.Colors[ImGuiCol_Button] = ImVec4(0.18f, 0.26f, 0.33f, 0.9f);
  style.Colors[ImGuiCol_Header] = ImVec4(0.16f, 0.36f, 0.5f, 0.7f);
  style.Colors[ImGuiCol_PlotLines] = ImVec4(0.35f, 0.78f, 0.95f, 1);
}

}  // namespace

struct Window::Impl {
  osg::ref_ptr<osgViewer::Viewer> viewer = new osgViewer::Viewer;
  osg::ref_ptr<osg::Group> root = new osg::Group;
  osg::ref_ptr<Hands> hands = new Hands;
  osg::ref_ptr<Overlay> overlay = new Overlay;
  ImGuiContext* panels = nullptr;
  bool backend = false, headless = false, asked_to_close = false;
  double cpu_ms = 0, update_ms = 0;
  Clock::time_point last = Clock::now();

  ~Impl() {
    if (panels) ImGui::SetCurrentContext(panels);  // another window may have been the last to draw
    if (backend && context() && context()->makeCurrent()) ImGui_ImplOpenGL3_Shutdown();
    viewer = nullptr;
    if (panels) ImGui::DestroyContext(panels);
  }

  osg::GraphicsContext* context() { return viewer ? viewer->getCamera()->getGraphicsContext() : nullptr; }
  osgGA::EventQueue* events() { return viewer->getEventQueue(); }
};

Window::Window(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Window::~Window() = default;

sim::Result<std::unique_ptr<Window>> Window::make(const WindowOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->headless = options.headless;
  osgViewer::Viewer& viewer = *impl->viewer;
  viewer.setThreadingModel(osgViewer::ViewerBase::SingleThreaded);
  viewer.setKeyEventSetsDone(0);
  viewer.setReleaseContextAtEndOfFrameHint(false);
  osg::Camera* camera = viewer.getCamera();
  if (options.headless) {
    std::string why;
    osg::ref_ptr<osg::GraphicsContext> context = make_egl_context(options.width, options.height, options.samples, why);
    if (!context)
      return sim::fail("no picture can be drawn here: " + why, {}, 0, "EGL", "install libegl1 and libgl1-mesa-dri");
    camera->setGraphicsContext(context);
    camera->setViewport(0, 0, options.width, options.height);
    camera->setDrawBuffer(GL_BACK), camera->setReadBuffer(GL_BACK);
    viewer.getEventQueue()->windowResize(0, 0, options.width, options.height);
    viewer.getEventQueue()->getCurrentEventState()->setMouseYOrientation(Adapter::Y_INCREASING_DOWNWARDS);
  } else {
    osg::DisplaySettings::instance()->setNumMultiSamples(static_cast<unsigned>(options.samples));
    viewer.setUpViewInWindow(60, 60, options.width, options.height);
  }
  camera->setComputeNearFarMode(osg::CullSettings::DO_NOT_COMPUTE_NEAR_FAR);
  camera->setCullingMode(osg::CullSettings::VIEW_FRUSTUM_CULLING | osg::CullSettings::SMALL_FEATURE_CULLING);
  camera->setSmallFeatureCullingPixelSize(1.0f);
  camera->setClearColor(osg::Vec4(0.5f, 0.6f, 0.7f, 1));
  camera->setCullMask(~kRightMask);
  camera->setFinalDrawCallback(impl->overlay);
  impl->panels = ImGui::CreateContext();
  ImGui::SetCurrentContext(impl->panels);
  ImGui::GetIO().IniFilename = nullptr;
  ImGuiIO& io = ImGui::GetIO();
  for (int i = 0; i < ImGuiKey_COUNT; ++i) io.KeyMap[i] = i;
  load_fonts(io);
  set_style();
  viewer.addEventHandler(impl->hands);
  viewer.setSceneData(impl->root);
  viewer.realize();
  if (!viewer.isRealized() || !impl->context())
    return sim::fail("no window can be opened", {}, 0, "display",
                     "set DISPLAY, or make pictures with --screenshot or --record");
  if (camera->getStats()) camera->getStats()->collectStats("rendering", true);
  if (!options.headless) impl->context()->makeCurrent();
  return std::unique_ptr<Window>(new Window(std::move(impl)));
}

osg::Group* Window::root() { return impl_->root; }
int Window::width() const { return impl_->context()->getTraits()->width; }
int Window::height() const { return impl_->context()->getTraits()->height; }
bool Window::closed() const { return impl_->asked_to_close || impl_->hands->closing || impl_->viewer->done(); }
void Window::close() { impl_->asked_to_close = true; }
const Image& Window::image() const { return impl_->overlay->image; }
double Window::cpu_ms() const { return impl_->cpu_ms; }
double Window::cull_ms() const {
  osg::Stats* stats = impl_->viewer->getCamera()->getStats();
  double cull_s = 0;
  if (stats) stats->getAttribute(stats->getLatestFrameNumber(), "Cull traversal time taken", cull_s);
  return cull_s * 1e3 + impl_->update_ms;
}

const Input& Window::begin() {
  Impl& w = *impl_;
  ImGui::SetCurrentContext(w.panels);
  w.context()->makeCurrent();
  if (!w.backend) w.backend = ImGui_ImplOpenGL3_Init("#version 130");
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = ImVec2(static_cast<float>(width()), static_cast<float>(height()));
  const Clock::time_point now = Clock::now();
  const double passed = std::chrono::duration<double>(now - w.last).count();
  io.DeltaTime = w.headless ? 1.0f / 60 : static_cast<float>(std::clamp(passed, 1e-4, 0.5));
  w.last = now;
  w.hands->begin_frame();
  w.viewer->advance();
  w.viewer->eventTraversal();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  return w.hands->input;
}

void Window::finish(const CameraPose& pose, double near_m, double far_m, bool capture, bool left_half) {
  Impl& w = *impl_;
  ImGui::Render();
  osg::Camera* camera = w.viewer->getCamera();
  const auto v = [](const Vec3& p) { return osg::Vec3d(p.x(), p.y(), p.z()); };
  camera->setViewMatrixAsLookAt(v(pose.eye), v(pose.eye + pose.ahead), v(pose.up));
  const int across = left_half ? width() / 2 : width();
  camera->setViewport(0, 0, across, height());
  camera->setProjectionMatrixAsPerspective(pose.fov_rad * 180 / sim::kPi, static_cast<double>(across) / height(),
                                           near_m, far_m);
  w.overlay->capture = capture, w.overlay->width = width(), w.overlay->height = height();
  const Clock::time_point start = Clock::now();
  w.viewer->updateTraversal();
  w.update_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  w.viewer->renderingTraversals();
  w.cpu_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void Window::mouse_move(double x, double y) {
  impl_->events()->mouseMotion(static_cast<float>(x), static_cast<float>(y));
}
void Window::mouse_button(int button, bool down) {
  const auto* state = impl_->events()->getCurrentEventState();
  down ? impl_->events()->mouseButtonPress(state->getX(), state->getY(), static_cast<unsigned>(button))
       : impl_->events()->mouseButtonRelease(state->getX(), state->getY(), static_cast<unsigned>(button));
}
void Window::mouse_wheel(double steps) {
  impl_->events()->mouseScroll(steps > 0 ? Adapter::SCROLL_UP : Adapter::SCROLL_DOWN);
}
void Window::key(int key, bool down) {
  down ? impl_->events()->keyPress(osg_key(key)) : impl_->events()->keyRelease(osg_key(key));
}
void Window::text(const std::string& utf8) { ImGui::GetIO().AddInputCharactersUTF8(utf8.c_str()); }

}  // namespace bitgoeul::viewer
