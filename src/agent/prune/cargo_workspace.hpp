// The part of a Cargo workspace's root files that some of its crates need
// (https://doc.rust-lang.org/cargo/reference/workspaces.html).
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// The root's Cargo.toml with `directories` as its `members` and, of `default-members`, those that
// are there; all else byte by byte. As it is where it has no `members`. Errc::invalid for what is
// no Cargo.toml.
Result<std::string> prune_cargo_manifest(std::string_view text,
                                         const std::vector<std::string>& directories);

// A Cargo.lock of version 2 and later (those without `[metadata]`) with the crates of these names
// that are from the workspace and what they lead to, as Cargo itself would write it. `others`
// are names of crates of the workspace that do not stay. Errc::invalid for other formats and where
// it does not know a crate or all that is needed.
Result<std::string> prune_cargo_lock(std::string_view text, const std::vector<std::string>& crates,
                                     const std::vector<std::string>& others);

}  // namespace vc::agent
