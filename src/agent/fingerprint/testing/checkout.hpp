// Checkout: a blueprint in files, in a folder of its own, and the keys that the agent computes for
// it: as a run does, from velocity.yml to the index of digests.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/fingerprint/testing/blueprint.hpp"
#include "core/temp_dir.hpp"

#include <functional>
#include <map>
#include <string>

namespace vc::agent::property {

// The key of a task; tests put others in its place to see that these are found out.
using KeyOf = std::function<std::string(const TaskFingerprint& fingerprint, const fs::path& root)>;

std::string real_key(const TaskFingerprint& fingerprint, const fs::path& root);

class Checkout {
 public:
  Checkout();

  const fs::path& root() const { return directory_.path(); }

  // Makes the files those of the blueprint; leaves alone what is right, unless all are to be
  // written again.
  void become(const Blueprint& blueprint, bool is_rewritten);

  // By label. Errors: what the agent says about the workspace.
  std::expected<std::map<std::string, std::string>, std::string> keys(const Blueprint& blueprint,
                                                                      const KeyOf& key_of);

 private:
  TempDir directory_;
  Tree files_;
};

}  // namespace vc::agent::property
