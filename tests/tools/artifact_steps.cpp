// artifact_steps: what the agent does with artifacts, one step a process; made to be killed at
// every system call.
//
//   artifact_steps publish ROOT    packs the outputs of ROOT/web into the cache
//   ROOT/.velocity/cache artifact_steps restore ROOT    puts that artifact's outputs into ROOT/web,
//   and records them artifact_steps finish ROOT     finishes what an earlier process was killed at
//
// Exits with 0 when it is done, 1 on failure.
#include "artifact_steps.hpp"

#include <cstdio>
#include <string_view>

namespace {

using namespace vc;
using namespace vc::agent;

Result<void> run(std::string_view step, const fs::path& root) {
  VC_TRY(const tools::ArtifactSteps steps, tools::ArtifactSteps::create(root));
  if (step == "publish") {
    return steps.publish();
  }
  if (step == "restore") {
    return steps.restore();
  }
  if (step == "finish") {
    return finish_interrupted_restores(root, steps.state());
  }
  return fail(Errc::invalid, "no such step");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: artifact_steps publish|restore|finish ROOT\n", stderr);
    return 2;
  }
  if (const auto done = run(argv[1], argv[2]); !done) {
    std::fprintf(stderr, "artifact_steps: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
