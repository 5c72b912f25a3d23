// What yarn 1 makes of a package's manifest before it gives it to scripts: it writes fields in
// other forms, and fills missing ones in from files that stand beside the manifest.
#pragma once

#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

struct YarnPackage {
  Variables variables;  // `npm_package_*`
  // What yarn asks of the machine before it runs a script of the package: `engines`, `os` and
  // `cpu` as JSON. Packages that ask the same get the same answer.
  std::string demands;
};

// `folder` is the one of the manifest; its names are listed, a README is read. Errc::invalid for
// everything that yarn reads in a way of its own (an unusual licence, a NOTICE, a dependency on a
// path ...), so that yarn itself has to run.
Result<YarnPackage> read_yarn_package(std::string_view manifest, const fs::path& folder);

}  // namespace vc::agent
