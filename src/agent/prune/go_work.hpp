// The part of a go.work that some modules need (https://go.dev/ref/mod#workspaces).
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Without the lines of `use` that name none of `directories`; all else byte by byte. Errc::invalid
// for what is no go.work.
Result<std::string> prune_go_work(std::string_view text,
                                  const std::vector<std::string>& directories);

}  // namespace vc::agent
