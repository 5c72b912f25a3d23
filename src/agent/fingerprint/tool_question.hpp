// Whether what a tool answers depends on nothing but the program and what selects versions, so that
// the answer can be remembered while these stay as they are.
#pragma once

#include "agent/tool_runner.hpp"

namespace vc::agent {

// True for a version asked of a program that is itself: every argument asks for a version
// (`--version`, `-V`, `version`, ...); the program lies outside of the command's directory, the
// workspace, where a script reads what it likes; and it is not one file under many names, as
// proxies of rustup and volta, ccache and busybox are, whose answer is somebody else's. May say no
// when in doubt. Looks at the program on disk.
bool asks_program_alone(const ToolCommand& command);

}  // namespace vc::agent
