// `velocity init`: writes a velocity.yml for what is already in a folder.
#pragma once

#include "core/files.hpp"

#include <iosfwd>

namespace vc::agent {

struct InitOptions {
  fs::path directory;
  bool force = false;  // Replace a velocity.yml, or begin a workspace inside another one.
};

// Returns the exit code of the process. Next to velocity.yml it writes the schema that editors use,
// into .velocity/. On a refusal nothing is written.
int run_init(const InitOptions& options, std::ostream& out, std::ostream& err);

}  // namespace vc::agent
