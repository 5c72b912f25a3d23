// The text of graph_page.html, put into the program when it is built. Where the graph belongs
// stands kGraphPlace, once.
#pragma once

#include <string_view>

namespace vc::agent {

inline constexpr std::string_view kGraphPlace = "VELOCITY_GRAPH";

std::string_view graph_page();

}  // namespace vc::agent
