// A thousand packages at once, with weights and mutexes: for ThreadSanitizer above all.

#include "agent/executor.hpp"
#include "agent/testing/test_workspace.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

namespace vc::agent {
namespace {

constexpr int kPackages = 1000;
constexpr unsigned kConcurrency = 16;

constexpr std::string_view kScaleConfig = R"(version: 1
pipeline:
  build:
    command: "make it"
    inputs: ["src/**"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
)";

// Every package uses three of the twenty before it; every seventh is heavy, every fifth exclusive.
void add_package(const TestWorkspace& workspace, int index) {
  std::string dependencies;
  for (const int back : {1, 7, 20}) {
    if (index - back * 20 >= 0) {
      dependencies +=
          fmt::format("{}\"p{}\": \"*\"", dependencies.empty() ? "" : ", ", index - back * 20);
    }
  }
  const std::string name = "p" + std::to_string(index);
  workspace.add(name, dependencies);
  std::string rules;
  rules += index % 7 == 0 ? "    weight: 5\n" : "";
  rules += index % 5 == 0 ? "    mutex: exclusive\n" : "";
  if (!rules.empty()) {
    workspace.write("packages/" + name + "/velocity.yml", "pipeline:\n  build:\n" + rules);
  }
}

TEST(ExecutorScale, AThousandPackagesRunOnceEachWithinTheirLimits) {
  TestWorkspace workspace(kScaleConfig);
  workspace.configure = [](RunContext& context) { context.options.concurrency = kConcurrency; };
  for (int index = 0; index < kPackages; ++index) {
    add_package(workspace, index);
  }
  std::mutex mutex;
  std::map<std::string, int> runs;
  unsigned weight = 0;
  unsigned heaviest = 0;
  int exclusive = 0;
  FakeProcesses processes([&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    const std::string name = spec.directory.filename();
    const int index = name.front() == 'p' ? std::stoi(name.substr(1)) : 1;  // "left", "top" ...
    const unsigned own = index % 7 == 0 ? 5 : 1;
    {
      const std::scoped_lock lock(mutex);
      ++runs[name];
      weight += own;
      heaviest = std::max(heaviest, weight);
      exclusive += index % 5 == 0 ? 1 : 0;
      EXPECT_LE(exclusive, 1);
    }
    auto exit = TestWorkspace::make(spec, receiver);
    const std::scoped_lock lock(mutex);
    weight -= own;
    exclusive -= index % 5 == 0 ? 1 : 0;
    return exit;
  });
  FakeGateway gateway;
  const TestRun result = workspace.run(processes, gateway);
  EXPECT_EQ(result.usage_error, 0) << result.errors;
  EXPECT_EQ(result.count(TaskResult::succeeded), std::size_t{kPackages} + 4);
  for (const auto& [name, count] : runs) {
    EXPECT_EQ(count, 1) << name;
  }
  EXPECT_LE(heaviest, kConcurrency);
}

}  // namespace
}  // namespace vc::agent
