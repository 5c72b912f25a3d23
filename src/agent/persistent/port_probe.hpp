// Whether something listens on a port of this machine.
#pragma once

#include <cstdint>

namespace vc::agent {

// Tries 127.0.0.1 and ::1. Blocks for at most a second each, usually not at all.
bool is_port_open(std::uint16_t port);

}  // namespace vc::agent
