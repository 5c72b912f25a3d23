#include "agent/lockfile/lock_graph.hpp"

#include <fmt/format.h>

namespace vc::agent {

Result<LockGraph> read_lockfile(std::string_view file, std::string_view text,
                                const LockContext& context) {
  if (file == "package-lock.json" || file == "npm-shrinkwrap.json") {
    return read_npm_lock(text);
  }
  if (file == "bun.lock") {
    return read_bun_lock(text);
  }
  if (file == "pnpm-lock.yaml") {
    return read_pnpm_lock(text);
  }
  if (file == "yarn.lock") {
    return text.contains("\n__metadata:") ? read_yarn_berry_lock(text, context)
                                          : read_yarn_classic_lock(text, context);
  }
  return fail(Errc::invalid, fmt::format("{} is of a format we do not read", file));
}

}  // namespace vc::agent
