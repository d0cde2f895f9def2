// The panels one by one, and what they share. Called by panels.cpp only.
#pragma once

#include <string>

#include "viewer/state.h"

namespace bitgoeul::viewer {

struct Canvas;

inline constexpr int kFixedPanel =
    1 << 1 | 1 << 2 | 1 << 5 | 1 << 8;  // ImGui: no resize, no move, no collapse, not saved

void place_window(float x, float y, float w, float h);
void remember_spot(State& state, const char* name);    // of the last control
void remember_window(State& state, const char* name);  // of the window being drawn
std::string shown(const std::string& text, std::size_t longest = 200);

void draw_overlay(State& state, int width, int height);  // labels, trail, selection, measure, rain: on the scene
void draw_entities(State& state, float x, float y, float w, float h);
void draw_inspector(State& state, float x, float y, float w, float h);
void draw_events(State& state, int width, int height);
std::string story_text(const TimedStory& e);  // a line
void draw_view(State& state);
void draw_sensed(const Canvas& canvas);  // fields of view, detections, tracks and truth: on the scene
void draw_criteria(State& state, int width, int height);
void draw_criteria_places(const Canvas& canvas);
void draw_comparison(State& state, float x, float y);  // y: its lower edge
void draw_ghost_links(const Canvas& canvas);
void draw_intent(const Canvas& canvas);  // route, command and plan of the selected vehicle
std::vector<std::pair<std::string, std::string>> intent_lines(const State& state, const Mover& mover);  // label, value
void draw_sensors(State& state, float x, float y);

// The point under the mouse in WGS84 and lane terms.
std::string place_text(const State& state);
std::string name_of(const State& state, sim::Row row);
std::string event_text(const State& state, const TimedEvent& event);

}  // namespace bitgoeul::viewer
