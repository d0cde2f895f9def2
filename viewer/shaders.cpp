#include "viewer/shaders.h"

namespace bitgoeul::viewer::shaders {

const char* const kStillVertex = R"(#version 330 compatibility
out vec3 eye; out vec3 normal_eye; out vec3 base; out vec2 uv; out vec4 own; flat out int material; out vec4 in_shadow;
uniform mat4 shadow_from_eye;
void main() {
  vec4 p = gl_ModelViewMatrix * gl_Vertex;
  eye = p.xyz;
  normal_eye = gl_NormalMatrix * gl_Normal;
  base = gl_Color.rgb;
  material = int(gl_Color.a * 255.0 + 0.5);
  uv = gl_MultiTexCoord0.xy;
  own = vec4(1.0, 1.0, 1.0, 0.0);
  in_shadow = shadow_from_eye * p;
  gl_Position = gl_ProjectionMatrix * p;
})";

// Instance: place (x, y, z, yaw), turn (pitch, roll, steering, wheel angle), size (x, y, z, flags), paint (r, g, b,
// fade). Flags: 1 brake, 2 head lamps, 4 left, 8 right, 16 shines by itself.
const char* const kActorVertex = R"(#version 330 compatibility
layout(location = 10) in vec4 place;
layout(location = 11) in vec4 turn;
layout(location = 12) in vec4 size;
layout(location = 13) in vec4 paint;
out vec3 eye; out vec3 normal_eye; out vec3 base; out vec2 uv; out vec4 own; flat out int material; out vec4 in_shadow;
uniform mat4 shadow_from_eye;
uniform float wheel_radius;
vec3 about_y(vec3 v, float a) { float c = cos(a), s = sin(a); return vec3(c * v.x + s * v.z, v.y, c * v.z - s * v.x); }
vec3 about_x(vec3 v, float a) { float c = cos(a), s = sin(a); return vec3(v.x, c * v.y - s * v.z, s * v.y + c * v.z); }
vec3 about_z(vec3 v, float a) { float c = cos(a), s = sin(a); return vec3(c * v.x - s * v.y, s * v.x + c * v.y, v.z); }
void main() {
  vec3 v = gl_Vertex.xyz, n = gl_Normal;
  material = int(gl_Color.a * 255.0 + 0.5);
  uv = gl_MultiTexCoord0.xy;
  if (material == 13 || material == 14) {
    vec3 hub = vec3(uv, wheel_radius);
    v = about_y(v - hub, turn.w); n = about_y(n, turn.w);
    if (material == 13) { v = about_z(v, turn.z); n = about_z(n, turn.z); }
    v += hub;
    material = 0;
  } else if (material == 15 || material == 16) {
    float a = (material == 15 ? 0.5 : -0.5) * sin(turn.w);
    vec3 joint = vec3(0.0, 0.0, uv.y);
    v = about_y(v - joint, a) + joint; n = about_y(n, a);
    material = uv.y > 1.0 ? 7 : 0;
  }
  v *= size.xyz;
  v = about_z(about_y(about_x(v, turn.y), turn.x), place.w);
  n = about_z(about_y(about_x(n, turn.y), turn.x), place.w);
  vec4 p = gl_ModelViewMatrix * vec4(v + place.xyz, 1.0);
  eye = p.xyz;
  normal_eye = gl_NormalMatrix * n;
  base = gl_Color.rgb;
  own = vec4(paint.rgb, size.w);
  in_shadow = shadow_from_eye * p;
  gl_Position = gl_ProjectionMatrix * p;
})";

const char* const kSurfaceFragment = R"(#version 330 compatibility
in vec3 eye; in vec3 normal_eye; in vec3 base; in vec2 uv; in vec4 own; flat in int material; in vec4 in_shadow;
uniform vec3 sun_eye, sun_color, up_eye, sky_light, ground_light, fog_color;
uniform float fog_density, night, wet, shadows, shadow_pass, blink;
uniform sampler2DShadow shadow_map;
float chance(vec2 c) { return fract(sin(dot(c, vec2(12.9898, 78.233))) * 43758.5453); }
float lit_by_sun(float facing) {
  if (shadows < 0.5) return 1.0;
  vec3 s = in_shadow.xyz;
  if (any(lessThan(s, vec3(0.002))) || any(greaterThan(s, vec3(0.998)))) return 1.0;
  s.z -= 0.0008 + 0.0012 * (1.0 - facing);
  float t = 1.0 / 2048.0;
  return 0.25 * (texture(shadow_map, s + vec3(-t, -t, 0)) + texture(shadow_map, s + vec3(t, -t, 0)) +
                 texture(shadow_map, s + vec3(-t, t, 0)) + texture(shadow_map, s + vec3(t, t, 0)));
}
void facade(inout vec3 color, inout vec3 shine, inout float gloss) {
  vec2 cell = uv / vec2(2.7, 3.1) - vec2(0.0, 0.97), f = fract(cell), id = floor(cell);
  float fade = clamp(1.5 - 2.0 * max(fwidth(cell.x), fwidth(cell.y)), 0.0, 1.0);
  float pane = step(0.18, f.x) * step(f.x, 0.82) * step(0.28, f.y) * step(f.y, 0.82);
  if (id.y < 0.0) pane = step(0.06, f.x) * step(f.x, 0.94) * step(f.y, 0.8);
  pane = mix(0.35, pane, fade);
  float r = chance(id + floor(base.xy * 97.0));
  vec3 glass = mix(vec3(0.16, 0.2, 0.24), vec3(0.34, 0.42, 0.5), r);
  color = mix(color, glass, pane * 0.85);
  gloss = pane;
  float on = step(id.y < 0.0 ? 0.35 : 0.62, r);
  vec3 lamp = mix(vec3(1.0, 0.78, 0.45), vec3(0.85, 0.92, 1.0), step(0.8, fract(r * 7.0)));
  shine += night * pane * mix(0.3, on, fade) * lamp * 0.75;
}
void main() {
  if (shadow_pass > 0.5) { gl_FragColor = vec4(1.0); return; }
  vec3 n = normalize(normal_eye), color = base, shine = vec3(0.0);
  float gloss = 0.0;
  int flags = int(own.a + 0.5);
  if (material == 2) facade(color, shine, gloss);
  else if (material == 1) shine = base * (0.15 + 0.95 * night);
  else if (material == 3) { color *= 0.94 + 0.1 * chance(floor(uv * 3.0)); gloss = wet * 0.6; color *= 1.0 - 0.4 * wet; }
  else if (material == 4) shine = base * night * 0.12;
  else if (material == 5) color *= 0.93 + 0.12 * chance(floor(uv * 0.7));
  else if (material == 6) color *= 0.9 + 0.15 * chance(floor(eye.xy * 0.5));
  else if (material == 7) { color *= own.rgb; gloss = 0.25; if ((flags & 16) != 0) shine = own.rgb; }
  else if (material == 8) { if ((flags & 1) != 0) { color = vec3(1.0, 0.1, 0.06); shine = vec3(1.0, 0.08, 0.05); }
                            else if ((flags & 2) != 0) shine = vec3(0.45, 0.03, 0.02); }
  else if (material == 9) { if ((flags & 2) != 0) shine = vec3(1.0, 0.97, 0.88); }
  else if (material == 10) { if ((flags & 4) != 0 && blink > 0.5) shine = vec3(1.0, 0.62, 0.1); }
  else if (material == 11) { if ((flags & 8) != 0 && blink > 0.5) shine = vec3(1.0, 0.62, 0.1); }
  else if (material == 12) gloss = 0.7;
  float facing = max(dot(n, sun_eye), 0.0), up = 0.5 + 0.5 * dot(n, up_eye);
  vec3 light = mix(ground_light, sky_light, up) + sun_color * facing * lit_by_sun(facing);
  vec3 result = color * light + shine;
  vec3 away = reflect(normalize(eye), n);
  result += gloss * (0.35 * sky_light * (0.3 + 0.7 * max(dot(away, up_eye), 0.0)) + 0.35 * sun_color * pow(max(dot(away, sun_eye), 0.0), 24.0));
  float d = length(eye);
  result = mix(fog_color, result, exp(-d * fog_density));
  gl_FragColor = vec4(result, 1.0);
})";

const char* const kPoolVertex = R"(#version 330 compatibility
out vec3 base; out float near;
uniform float fog_density;
void main() {
  vec4 p = gl_ModelViewMatrix * gl_Vertex;
  base = gl_Color.rgb;
  near = exp(-length(p.xyz) * fog_density);
  gl_Position = gl_ProjectionMatrix * p;
})";

const char* const kActorPoolVertex = R"(#version 330 compatibility
layout(location = 10) in vec4 place;
layout(location = 12) in vec4 size;
out vec3 base; out float near;
uniform float fog_density;
void main() {
  vec3 v = gl_Vertex.xyz;
  float c = cos(place.w), s = sin(place.w);
  vec4 p = gl_ModelViewMatrix * vec4(c * v.x - s * v.y + place.x, s * v.x + c * v.y + place.y, v.z + place.z, 1.0);
  base = gl_Color.rgb * ((int(size.w + 0.5) & 2) != 0 ? 1.0 : 0.0);
  near = exp(-length(p.xyz) * fog_density);
  gl_Position = gl_ProjectionMatrix * p;
})";

const char* const kPoolFragment = R"(#version 330 compatibility
in vec3 base; in float near;
uniform float night;
void main() { gl_FragColor = vec4(base * base * 2.6 * near * night, 1.0); })";

const char* const kSkyVertex = R"(#version 330 compatibility
out vec4 ray;
uniform mat4 ray_from_clip;
void main() {
  ray = ray_from_clip * vec4(gl_Vertex.xy, 1.0, 1.0);
  gl_Position = vec4(gl_Vertex.xy, 1.0, 1.0);
})";

const char* const kSkyFragment = R"(#version 330 compatibility
in vec4 ray;
uniform vec3 sun_world, zenith_color, horizon_color, fog_color;
uniform float night, haze;
float chance(vec2 c) { return fract(sin(dot(c, vec2(12.9898, 78.233))) * 43758.5453); }
void main() {
  vec3 d = normalize(ray.xyz / ray.w);
  float up = clamp(d.z, 0.0, 1.0);
  vec3 color = mix(horizon_color, zenith_color, pow(up, 0.45));
  float toward = max(dot(d, sun_world), 0.0);
  color += (1.0 - night) * (1.0 - haze) * (vec3(1.0, 0.9, 0.7) * pow(toward, 900.0) * 1.2 + vec3(0.5, 0.35, 0.18) * pow(toward, 12.0) * 0.35);
  vec2 grid = vec2(atan(d.y, d.x) * 120.0, d.z * 180.0);
  float star = step(0.9965, chance(floor(grid))) * smoothstep(0.05, 0.3, d.z);
  color += night * (1.0 - haze) * star * 0.7;
  gl_FragColor = vec4(mix(color, fog_color, max(haze, 1.0 - smoothstep(-0.02, 0.06, d.z))), 1.0);
})";

const char* const kPointVertex = R"(#version 330 compatibility
out vec3 base;
uniform float point_size;
void main() {
  gl_Position = gl_ModelViewProjectionMatrix * gl_Vertex;
  gl_PointSize = point_size;
  base = gl_Color.rgb;
})";

const char* const kPointFragment = R"(#version 330 compatibility
in vec3 base;
void main() { gl_FragColor = vec4(base, 1.0); })";

}  // namespace bitgoeul::viewer::shaders
