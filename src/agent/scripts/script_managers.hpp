// ScriptManagers: the profiles of package managers, each learned from one start of the real one and
// remembered on disk until anything changes that could change it.
//
// `<root>/.velocity/managers/<key>`: a profile, or why there is none. The key covers the program,
// node, every file of settings (agent/scripts/manager_files.hpp) and the environment of the task.
// Safe for concurrent use: who needs a profile that is being learned waits for it.
#pragma once

#include "agent/processes.hpp"
#include "agent/scripts/manager_profile.hpp"
#include "core/digest.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace vc::agent {

class ScriptManagers {
 public:
  // `processes` must outlive this object.
  ScriptManagers(Processes& processes, fs::path state_directory)
      : processes_(processes), state_directory_(std::move(state_directory)) {}

  // Blocks while the manager runs, if it has to. Errors: why scripts of this package have to be run
  // by the manager itself; Errc::canceled when the run was interrupted.
  Result<std::shared_ptr<const ManagerProfile>> find(const ScriptCall& call,
                                                     const ScriptPlace& place,
                                                     const ScriptPackage& package,
                                                     const Variables& base);

  // The folder with the programs of a profile, below `.velocity/manager-programs`; empty when it
  // has none. Errors of the file system.
  Result<fs::path> programs_of(const ManagerProfile& profile);

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const ManagerProfile> profile;
    std::string refusal;  // Why there is no profile, once that is known.
  };

  std::shared_ptr<Slot> slot_of(const Digest& key);
  static Error refuse(Slot& slot, const fs::path& file, Error why);
  Result<ManagerProfile> learn(const ScriptCall& call, const ScriptPlace& place,
                               const ScriptPackage& package, const Variables& base);

  Processes& processes_;
  fs::path state_directory_;
  std::mutex mutex_;
  std::map<Digest, std::shared_ptr<Slot>> slots_;
};

}  // namespace vc::agent
