#include "viewer/geometry.h"

#include <cstring>
#include <osg/BlendFunc>
#include <osg/Depth>
#include <osg/Geometry>
#include <osg/Program>

namespace bitgoeul::viewer {

namespace {

template <class Array, class Row>
osg::ref_ptr<Array> column(const std::vector<Row>& rows) {
  static_assert(sizeof(typename Array::ElementDataType) == sizeof(Row));
  osg::ref_ptr<Array> array = new Array(static_cast<unsigned>(rows.size()));
  if (!rows.empty()) std::memcpy(static_cast<void*>(&array->front()), rows.data(), rows.size() * sizeof(Row));
  return array;
}

}  // namespace

osg::Geometry* make_geometry(const Mesh& mesh) {
  auto* g = new osg::Geometry;
  g->setUseDisplayList(false);
  g->setUseVertexBufferObjects(true);
  g->setVertexArray(column<osg::Vec3Array>(mesh.position).get());
  g->setNormalArray(column<osg::Vec3Array>(mesh.normal).get(), osg::Array::BIND_PER_VERTEX);
  osg::ref_ptr<osg::Vec4ubArray> colors = column<osg::Vec4ubArray>(mesh.color);
  colors->setNormalize(true);
  g->setColorArray(colors.get(), osg::Array::BIND_PER_VERTEX);
  g->setTexCoordArray(0, column<osg::Vec2Array>(mesh.uv).get());
  auto* elements = new osg::DrawElementsUInt(GL_TRIANGLES, static_cast<unsigned>(mesh.index.size()));
  if (!mesh.index.empty())
    std::memcpy(&elements->front(), mesh.index.data(), mesh.index.size() * sizeof(std::uint32_t));
  g->addPrimitiveSet(elements);
  return g;
}

osg::Program* make_program(const char* vertex, const char* fragment) {
  auto* program = new osg::Program;
  program->addShader(new osg::Shader(osg::Shader::VERTEX, vertex));
  program->addShader(new osg::Shader(osg::Shader::FRAGMENT, fragment));
  return program;
}

void set_additive(osg::StateSet& state) {
  state.setAttributeAndModes(new osg::BlendFunc(GL_ONE, GL_ONE), osg::StateAttribute::ON);
  state.setAttributeAndModes(new osg::Depth(osg::Depth::LESS, 0, 1, false), osg::StateAttribute::ON);
  state.setRenderBinDetails(8, "RenderBin");
}

}  // namespace bitgoeul::viewer
