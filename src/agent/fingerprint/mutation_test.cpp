// B21: every ingredient is part of the key, and nothing else is.

#include "agent/testing/fingerprint_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>

namespace vc::agent {
namespace {

using testing::FingerprintBench;

class ScriptedTools final : public ToolRunner {
 public:
  Result<std::string> run(const ToolCommand&) override { return answer; }

  std::string answer = "v20.11.1\n";
};

// One package with one of everything, used by `app`, whose `build` is the task looked at.
class Subject : public FingerprintBench {
 public:
  Subject() {
    options.tool_runner = &tools;
    const PackageId app = add_package("packages/app", "app");
    const PackageId lib = add_package("packages/lib", "lib");
    write("package-lock.json", "{}");
    workspace.lockfile = "package-lock.json";
    write("packages/app/src/main.c", "int main;");
    write("packages/app/src/run.sh", "#!/bin/sh");
    link("packages/app/src/link", "main.c");
    write("packages/lib/lib.c", "int lib;");
    write("shared/rules.txt", "be nice");
    config.global_inputs = {"shared/**"};
    config.global_env = {"EVERYWHERE"};
    TaskDefinition& build = define("build");
    build.inputs = patterns({"src/**"});
    build.root_inputs = patterns({"*.json", "!package-lock.json"});
    write("tsconfig.json", "{}");
    build.outputs = patterns({"dist/**", "!dist/tmp"});
    build.env = {"MODE", "SET_*"};
    build.pass_env = {"PASSED"};
    build.tools = {"sh --version"};
    environment.set("SET_A", "1");
    const TaskId lib_build = add_task(lib, "build");
    graph.tasks[lib_build].definition.inputs.reset();
    subject = add_task(app, "build", {lib_build});
    graph.tasks[subject].script_text = {"", "tsc", ""};
    options.pass_through_arguments["app#build"] = {"--fast"};
  }

  TaskNode& node() { return graph.tasks[subject]; }

  std::string key() { return FingerprintBench::key(subject); }

  ScriptedTools tools;
  TaskId subject = 0;
};

// A crate, a module, a project of its own has its versions beside its manifest: an update changed
// nothing that `inputs` names, and the old result was a hit.
TEST(PackageLockfile, CountsAsTheManifestDoes) {
  for (const char* name : {"Cargo.lock", "go.sum", "yarn.lock"}) {
    Subject subject;
    const std::string without = subject.key();
    subject.write(std::string("packages/app/") + name, "one");
    const std::string one = subject.key();
    subject.write(std::string("packages/app/") + name, "two");
    EXPECT_NE(one, without) << name;
    EXPECT_NE(one, subject.key()) << name;
  }
}

TEST(PackageLockfile, IsNoneWhereItIsIgnored) {
  for (const char* ignore_file : {".gitignore", "packages/.gitignore", "packages/app/.gitignore"}) {
    Subject subject;
    subject.write(ignore_file, "Cargo.lock\n");
    const std::string without = subject.key();
    subject.write("packages/app/Cargo.lock", "made by the first build");
    EXPECT_EQ(subject.key(), without) << ignore_file;
  }
}

TEST(PackageLockfile, CountsOnceWhereItIsAnInputAndNotAtAllAsAnOutput) {
  Subject subject;
  subject.write("packages/app/yarn.lock", "one");
  const auto locks = [&] {
    std::vector<std::string> names;
    for (const Ingredient& ingredient : subject.ingredients(subject.subject)) {
      if (ingredient.name.ends_with("yarn.lock")) {
        names.push_back(std::string(name_of(ingredient.kind)) + " " + ingredient.name);
      }
    }
    return names;
  };
  EXPECT_THAT(locks(), ::testing::ElementsAre("lockfile packages/app/yarn.lock"));
  subject.node().definition.inputs = Subject::patterns({"src/**", "*.lock"});
  EXPECT_THAT(locks(), ::testing::ElementsAre("input yarn.lock"));
  subject.node().definition.inputs = Subject::patterns({"src/**"});
  subject.config.pipeline["build"].outputs = Subject::patterns({"dist/**", "yarn.lock"});
  EXPECT_THAT(locks(), ::testing::IsEmpty());
}

struct Mutation {
  const char* name;
  std::function<void(Subject&)> apply;

  friend std::ostream& operator<<(std::ostream& stream, const Mutation& mutation) {
    return stream << mutation.name;
  }
};

std::string name_of_mutation(const ::testing::TestParamInfo<Mutation>& info) {
  return info.param.name;
}

void touch(const fs::path& path, time_t seconds) {
  const std::array<timespec, 2> times{timespec{.tv_sec = seconds, .tv_nsec = 5},
                                      timespec{.tv_sec = seconds, .tv_nsec = 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), 0);
}

class ChangesTheKey : public ::testing::TestWithParam<Mutation> {};

TEST_P(ChangesTheKey, OfTheTask) {
  Subject subject;
  const std::string before = subject.key();
  GetParam().apply(subject);
  EXPECT_NE(subject.key(), before);
}

const Mutation kChanging[] = {
    {"Command", [](Subject& s) { s.node().definition.command += " -j2"; }},
    {"ScriptText", [](Subject& s) { s.node().script_text[1] = "tsc -b"; }},
    {"PreScript", [](Subject& s) { s.node().script_text[0] = "rm -f x"; }},
    {"OutputPattern", [](Subject& s) { s.node().definition.outputs.patterns[0] = "lib/**"; }},
    {"OrderOfOutputPatterns",
     [](Subject& s) { std::ranges::reverse(s.node().definition.outputs.patterns); }},
    {"EnvMode", [](Subject& s) { s.options.env_mode = EnvMode::loose; }},
    {"Incremental", [](Subject& s) { s.node().definition.incremental = true; }},
    {"OutputsOptional", [](Subject& s) { s.node().definition.outputs_optional = true; }},
    {"PassedVariableName", [](Subject& s) { s.node().definition.pass_env = {"OTHER"}; }},
    {"Manifest", [](Subject& s) { s.write("packages/app/package.json", "{}"); }},
    {"ManifestIsGone", [](Subject& s) { fs::remove(s.root() / "packages/app/package.json"); }},
    {"InputContent", [](Subject& s) { s.write("packages/app/src/main.c", "int Main;"); }},
    {"InputName",
     [](Subject& s) {
       fs::rename(s.root() / "packages/app/src/main.c", s.root() / "packages/app/src/Main.c");
     }},
    {"AddedInput", [](Subject& s) { s.write("packages/app/src/more.c", ""); }},
    {"RemovedInput", [](Subject& s) { fs::remove(s.root() / "packages/app/src/run.sh"); }},
    {"ExecutableBit",
     [](Subject& s) { ::chmod((s.root() / "packages/app/src/run.sh").c_str(), 0755); }},
    {"LinkTarget", [](Subject& s) { s.link("packages/app/src/link", "run.sh"); }},
    {"LinkBecomesFileWithTheTargetAsText",
     [](Subject& s) {
       fs::remove(s.root() / "packages/app/src/link");
       s.write("packages/app/src/link", "main.c");
     }},
    {"HashedVariable", [](Subject& s) { s.environment.set("MODE", "fast"); }},
    {"HashedVariableSetToNothing", [](Subject& s) { s.environment.set("MODE", ""); }},
    {"VariableOfAPattern", [](Subject& s) { s.environment.set("SET_B", "1"); }},
    {"GlobalVariable", [](Subject& s) { s.environment.set("EVERYWHERE", "1"); }},
    {"AlwaysHashedVariable", [](Subject& s) { s.environment.set("CFLAGS", "-O2"); }},
    {"ToolOutput",
     [](Subject& s) {
       s.tools.answer = "v22.0.0\n";
       fs::remove(s.root() / ".velocity/tools");
     }},
    {"Lockfile", [](Subject& s) { s.write("package-lock.json", "{ }"); }},
    {"GlobalInput", [](Subject& s) { s.write("shared/rules.txt", "be nicer"); }},
    {"RootInput", [](Subject& s) { s.write("tsconfig.json", "{ }"); }},
    {"AddedRootInput", [](Subject& s) { s.write("other.json", "{}"); }},
    {"AddedGlobalInput", [](Subject& s) { s.write("shared/deep/more.txt", ""); }},
    {"PlatformIndependence", [](Subject& s) { s.node().definition.platform_independent = true; }},
    {"Argument", [](Subject& s) { s.options.pass_through_arguments["app#build"] = {"--slow"}; }},
    {"ArgumentSplitInTwo",
     [](Subject& s) { s.options.pass_through_arguments["app#build"] = {"--fa", "st"}; }},
    {"NoArgument", [](Subject& s) { s.options.pass_through_arguments.clear(); }},
    {"InputOfADependency", [](Subject& s) { s.write("packages/lib/lib.c", "int Lib;"); }},
    {"NoDependency", [](Subject& s) { s.node().dependencies.clear(); }},
    {"LabelOfADependency", [](Subject& s) { s.graph.tasks[0].label = "lib#compile"; }},
    {"TaskName", [](Subject& s) { s.node().name = "compile"; }},
    {"PackageDirectory",
     [](Subject& s) {
       fs::rename(s.root() / "packages/app", s.root() / "packages/bpp");
       s.workspace.packages[0].directory = "packages/bpp";
       s.workspace.packages[0].manifest = "packages/bpp/package.json";
     }},
};

INSTANTIATE_TEST_SUITE_P(Each, ChangesTheKey, ::testing::ValuesIn(kChanging), name_of_mutation);

class LeavesTheKey : public ::testing::TestWithParam<Mutation> {};

TEST_P(LeavesTheKey, OfTheTask) {
  Subject subject;
  const std::string before = subject.key();
  GetParam().apply(subject);
  EXPECT_EQ(subject.key(), before);
}

const Mutation kIndifferent[] = {
    {"Nothing", [](Subject&) {}},
    {"TimeOfAFile", [](Subject& s) { touch(s.root() / "packages/app/src/main.c", 1'000'000); }},
    {"InodeOfAFile",
     [](Subject& s) {
       ASSERT_TRUE(write_file_atomically(s.root() / "packages/app/src/main.c", "int main;"));
     }},
    {"OrderOfDirectoryEntries",
     [](Subject& s) {
       for (const char* name : {"main.c", "run.sh"}) {
         const fs::path path = s.root() / "packages/app/src" / name;
         const std::string text = read_file(path).value();
         fs::remove(path);
         s.write("packages/app/src/" + std::string(name), text);
       }
     }},
    {"PermissionsOfOthers",
     [](Subject& s) { ::chmod((s.root() / "packages/app/src/run.sh").c_str(), 0666); }},
    {"Owner",
     [](Subject& s) {
       // Only root may; anybody else leaves it as it is, which also must not matter.
       static_cast<void>(::chown((s.root() / "packages/app/src/run.sh").c_str(), 12345, 12345) ==
                         0);
     }},
    {"FileOutsideTheInputs", [](Subject& s) { s.write("packages/app/README", "x"); }},
    {"OutputOfTheTask", [](Subject& s) { s.write("packages/app/dist/main.o", "x"); }},
    {"PassedVariable", [](Subject& s) { s.environment.set("PASSED", "1"); }},
    {"OtherVariable", [](Subject& s) { s.environment.set("UNRELATED", "1"); }},
    {"PathVariable", [](Subject& s) { s.environment.set("PATH", "/bin:/usr/bin"); }},
    {"HomeDirectory", [](Subject& s) { s.environment.set("HOME", "/root"); }},
    {"OurOwnVariables", [](Subject& s) { s.environment.set("VC_AUTH_TOKEN", "secret"); }},
    {"Description", [](Subject& s) { s.node().definition.description = "Builds."; }},
    {"Position", [](Subject& s) { s.node().definition.at.line = 77; }},
    {"CachePolicy", [](Subject& s) { s.node().definition.cache = false; }},
    {"ExecutionRules",
     [](Subject& s) {
       s.node().definition.rules = {.retries = 2,
                                    .timeout = std::chrono::seconds(9),
                                    .weight = 3,
                                    .mutex = {"database"},
                                    .persistent = true,
                                    .ready_when = ReadyWhen{.text = "up"}};
     }},
    {"SpellingOfTheInputs",
     [](Subject& s) { s.node().definition.inputs = Subject::patterns({"src/*"}); }},
    {"ArgumentsOfAnotherTask",
     [](Subject& s) { s.options.pass_through_arguments["web#build"] = {"--fast"}; }},
    {"Threads", [](Subject& s) { s.options.threads = 7; }},
    {"Requested", [](Subject& s) { s.node().requested = true; }},
    {"PackageName", [](Subject& s) { s.workspace.packages[0].name = "application"; }},
    {"LostIndex", [](Subject& s) { fs::remove_all(s.root() / ".velocity"); }},
    {"RemoteConfiguration",
     [](Subject& s) {
       s.config.remote = {
           .enabled = true, .url = "http://cache", .token = "t", .missing_variable = {}};
     }},
};

INSTANTIATE_TEST_SUITE_P(Each, LeavesTheKey, ::testing::ValuesIn(kIndifferent), name_of_mutation);

TEST(KeyTest, KnowsTheFilesOfPackagesThatCountEverywhere) {
  Subject subject;
  subject.write("packages/all/a.txt", "1");
  const PackageId all = subject.add_package("packages/all", "all");
  const std::string without = subject.key();
  subject.workspace.counted_everywhere = {all};
  const std::string with = subject.key();
  EXPECT_NE(with, without);
  subject.write("packages/all/a.txt", "2");
  EXPECT_NE(subject.key(), with);
  subject.write("packages/all/a.txt", "1");
  EXPECT_EQ(subject.key(), with);
}

TEST(KeyTest, IsTheSameInAnotherCheckout) {
  Subject first;
  Subject second;
  ASSERT_NE(first.root(), second.root());
  EXPECT_EQ(first.key(), second.key());
}

TEST(KeyTest, IsTheSameWhateverElseIsInTheGraph) {
  Subject alone;
  Subject among_others;
  const TaskNode lib = among_others.graph.tasks[0];
  const TaskNode app = among_others.graph.tasks[1];
  // The same two tasks behind others of both packages, so that ids and selectors differ.
  among_others.define("lint").inputs = Subject::patterns({"**/*.c"});
  alone.define("lint").inputs = Subject::patterns({"**/*.c"});
  among_others.graph.tasks.clear();
  among_others.add_task(0, "lint");
  among_others.add_task(1, "lint");
  among_others.graph.tasks.push_back(lib);
  among_others.graph.tasks.push_back(app);
  among_others.graph.tasks[3].dependencies = {2};
  among_others.subject = 3;
  EXPECT_EQ(among_others.key(), alone.key());
}

TEST(KeyTest, DependenciesCountByLabelNotByTheirOrder) {
  Subject subject;
  const PackageId other = subject.add_package("packages/zoo", "aaa");
  subject.graph.tasks.insert(subject.graph.tasks.begin() + 1, TaskNode());
  TaskNode& zoo = subject.graph.tasks[1];
  zoo = subject.graph.tasks[0];
  zoo.package = other;
  zoo.label = "aaa#build";
  subject.subject = 2;
  subject.node().dependencies = {0, 1};
  const std::string before = subject.key();
  std::swap(subject.graph.tasks[0], subject.graph.tasks[1]);
  EXPECT_EQ(subject.key(), before);
}

}  // namespace
}  // namespace vc::agent
