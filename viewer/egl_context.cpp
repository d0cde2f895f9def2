#include "viewer/egl_context.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <osg/GraphicsContext>
#include <osg/State>

namespace bitgoeul::viewer {

namespace {

class EglContext : public osg::GraphicsContext {
 public:
  EglContext(int width, int height, int samples) {
    _traits = new Traits;
    _traits->x = 0, _traits->y = 0, _traits->width = width, _traits->height = height;
    _traits->pbuffer = true, _traits->doubleBuffer = true, _traits->samples = static_cast<unsigned>(samples);
    setState(new osg::State);
    getState()->setGraphicsContext(this);
    getState()->setContextID(osg::GraphicsContext::createNewContextID());
  }

  bool open(std::string& why) {
    const auto get_display =
        reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(eglGetProcAddress("eglGetPlatformDisplayEXT"));
    if (get_display) display_ = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display_ == EGL_NO_DISPLAY) display_ = eglGetDisplay(EGL_DEFAULT_DISPLAY);
    if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, nullptr, nullptr))
      return why = "EGL gives no display", false;
    if (!eglBindAPI(EGL_OPENGL_API)) return why = "EGL has no desktop OpenGL", false;
    EGLConfig config = nullptr;
    if (!choose(static_cast<int>(_traits->samples), config) && !choose(0, config))
      return why = "EGL has no configuration with colour, depth and a surface in memory", false;
    const EGLint size[] = {EGL_WIDTH, _traits->width, EGL_HEIGHT, _traits->height, EGL_NONE};
    surface_ = eglCreatePbufferSurface(display_, config, size);
    if (surface_ == EGL_NO_SURFACE) return why = "EGL gives no surface of that size", false;
    const EGLint profile[] = {EGL_CONTEXT_MAJOR_VERSION,
                              3,
                              EGL_CONTEXT_MINOR_VERSION,
                              3,
                              EGL_CONTEXT_OPENGL_PROFILE_MASK,
                              EGL_CONTEXT_OPENGL_COMPATIBILITY_PROFILE_BIT,
                              EGL_NONE};
    context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, profile);
    if (context_ == EGL_NO_CONTEXT) return why = "OpenGL 3.3 (compatibility) is not there", false;
    return true;
  }

  bool valid() const override { return context_ != EGL_NO_CONTEXT; }
  bool realizeImplementation() override { return realized_ = valid(); }
  bool isRealizedImplementation() const override { return realized_; }
  void closeImplementation() override {
    realized_ = false;
    if (display_ == EGL_NO_DISPLAY) return;
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context_ != EGL_NO_CONTEXT) eglDestroyContext(display_, context_);
    if (surface_ != EGL_NO_SURFACE) eglDestroySurface(display_, surface_);
    context_ = EGL_NO_CONTEXT, surface_ = EGL_NO_SURFACE;  // the display is shared by the process and stays
  }
  bool makeCurrentImplementation() override {
    return eglMakeCurrent(display_, surface_, surface_, context_) == EGL_TRUE;
  }
  bool makeContextCurrentImplementation(osg::GraphicsContext*) override { return makeCurrentImplementation(); }
  bool releaseContextImplementation() override {
    return eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT) == EGL_TRUE;
  }
  void bindPBufferToTextureImplementation(GLenum) override {}
  // Swapping does nothing on such a surface: without waiting, frames would pile up.
  void swapBuffersImplementation() override { glFinish(); }

 protected:
  ~EglContext() override { close(true); }

 private:
  bool choose(int samples, EGLConfig& config) const {
    const EGLint wanted[] = {EGL_SURFACE_TYPE,
                             EGL_PBUFFER_BIT,
                             EGL_RENDERABLE_TYPE,
                             EGL_OPENGL_BIT,
                             EGL_RED_SIZE,
                             8,
                             EGL_GREEN_SIZE,
                             8,
                             EGL_BLUE_SIZE,
                             8,
                             EGL_ALPHA_SIZE,
                             8,
                             EGL_DEPTH_SIZE,
                             24,
                             EGL_SAMPLE_BUFFERS,
                             samples > 0 ? 1 : 0,
                             EGL_SAMPLES,
                             samples,
                             EGL_NONE};
    EGLint count = 0;
    return eglChooseConfig(display_, wanted, &config, 1, &count) == EGL_TRUE && count > 0;
  }

  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLSurface surface_ = EGL_NO_SURFACE;
  EGLContext context_ = EGL_NO_CONTEXT;
  bool realized_ = false;
};

}  // namespace

osg::GraphicsContext* make_egl_context(int width, int height, int samples, std::string& why) {
  osg::ref_ptr<EglContext> context = new EglContext(width, height, samples);
  return context->open(why) ? context.release() : nullptr;
}

}  // namespace bitgoeul::viewer
