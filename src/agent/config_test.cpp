#include "agent/config.hpp"

#include "agent/config/yaml_document.hpp"
#include "agent/config/yaml_reader.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The file that users know, word for word.
constexpr std::string_view kDocumented = R"(version: 1
remote:
  enabled: true
  url: "http://localhost:8080"
  token: "${VC_AUTH_TOKEN}" # Supports env var expansion

pipeline:
  build:
    command: "npm run build"
    inputs:
      - "src/**"
      - "package.json"
    outputs:
      - "dist/**"
    depends_on:
      - "^build" # Topological dependency
)";

Environment with_token() {
  return Environment({{"VC_AUTH_TOKEN", "secret"}});
}

std::expected<Config, Diagnostics> parse(std::string_view text,
                                         const Environment& environment = with_token()) {
  return parse_config(text, "/w/velocity.yml", environment);
}

// A file whose pipeline holds one task with `lines` below its command.
std::string with_task(std::string_view lines) {
  return "version: 1\npipeline:\n  build:\n    command: make\n" + std::string(lines);
}

// "line:column message", one per line.
std::string errors_of(std::string_view text, const Environment& environment = with_token()) {
  const auto config = parse(text, environment);
  std::string lines;
  for (const Diagnostic& error : config ? Diagnostics() : config.error()) {
    lines += std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + " " +
             error.message + "\n";
  }
  return lines;
}

TEST(Config, TheDocumentedFileParsesUnchanged) {
  const auto config = parse(kDocumented);
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_TRUE(config->remote.enabled);
  EXPECT_EQ(config->remote.url, "http://localhost:8080");
  EXPECT_EQ(config->remote.token, "secret");
  EXPECT_TRUE(config->remote.shares_notes);
  EXPECT_EQ(config->root, "/w");
  EXPECT_EQ(config->file, "velocity.yml");
  const TaskDefinition& build = config->pipeline.at("build");
  EXPECT_EQ(build.command, "npm run build");
  ASSERT_TRUE(build.inputs);
  EXPECT_THAT(build.inputs->patterns, ElementsAre("src/**", "package.json"));
  // B15: `dist/**` stays a glob.
  EXPECT_THAT(build.outputs.patterns, ElementsAre("dist/**"));
  ASSERT_EQ(build.depends_on.size(), 1U);
  EXPECT_EQ(build.depends_on[0].kind, DependencyPattern::Kind::dependencies);
  EXPECT_EQ(build.depends_on[0].task, "build");
  EXPECT_TRUE(build.cache);
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST(Config, TheDocumentedFileParsesWithWindowsLineEndsAndAByteOrderMark) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : kDocumented) {
    text += c == '\n' ? "\r\n" : std::string(1, c);
  }
  const auto config = parse(text);
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_EQ(config->pipeline.at("build").command, "npm run build");
}

// F4: keys of the earlier format that its documentation does not name.
TEST(Config, KeysOfTheEarlierFormatParse) {
  const auto config = parse(R"(version: 1
project_id: demo
packages: ["apps/*", "!apps/old"]
pipeline:
  build: {command: make, env: [CC], env_keys: [NODE_ENV, CC]}
)");
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_EQ(config->project_id, "demo");
  ASSERT_TRUE(config->packages);
  EXPECT_THAT(config->packages->patterns, ElementsAre("apps/*", "!apps/old"));
  EXPECT_THAT(config->pipeline.at("build").env, ElementsAre("CC", "NODE_ENV"));
}

TEST(Config, EveryKeyOfATaskIsRead) {
  const auto config = parse(R"(version: 1
global_inputs: [tsconfig.base.json]
global_env: [CI_*]
pipeline:
  build:
    command: |
      set -e
      make all
    inputs: ["./src/**", "!src/gen"]
    outputs: []
    depends_on: [gen, ^build, web#lint, "@a/b#build"]
    env: [NODE_ENV, "VITE_*"]
    pass_env: [SSH_KEY]
    tools: ["cc --version"]
    cache: false
    incremental: true
    outputs_optional: true
    platform: independent
    description: Compiles
  gen: {command: "true"}
)");
  ASSERT_TRUE(config) << render(config.error());
  const TaskDefinition& task = config->pipeline.at("build");
  EXPECT_EQ(task.command, "set -e\nmake all");
  EXPECT_THAT(task.inputs->patterns, ElementsAre("src/**", "!src/gen"));
  EXPECT_THAT(task.outputs.patterns, IsEmpty());
  ASSERT_EQ(task.depends_on.size(), 4U);
  EXPECT_EQ(task.depends_on[0].kind, DependencyPattern::Kind::same_package);
  EXPECT_EQ(task.depends_on[3].kind, DependencyPattern::Kind::exact_package);
  EXPECT_EQ(task.depends_on[3].package, "@a/b");
  EXPECT_EQ(task.depends_on[3].task, "build");
  EXPECT_EQ(task.depends_on[3].at.line, 11);
  EXPECT_THAT(task.env, ElementsAre("NODE_ENV", "VITE_*"));
  EXPECT_THAT(task.pass_env, ElementsAre("SSH_KEY"));
  EXPECT_THAT(task.tools, ElementsAre("cc --version"));
  EXPECT_FALSE(task.cache);
  EXPECT_TRUE(task.incremental);
  EXPECT_TRUE(task.outputs_optional);
  EXPECT_TRUE(task.platform_independent);
  EXPECT_EQ(task.description, "Compiles");
  EXPECT_EQ(task.at.line, 5);
  EXPECT_TRUE(task.given.contains(TaskKey::outputs));
  EXPECT_FALSE(config->pipeline.at("gen").given.contains(TaskKey::outputs));
  EXPECT_EQ(config->pipeline.at("gen").command, "true");
  EXPECT_THAT(config->global_inputs, ElementsAre("tsconfig.base.json"));
  EXPECT_THAT(config->global_env, ElementsAre("CI_*"));
}

// B17: no inputs means the default inputs, not none.
TEST(Config, ATaskWithoutInputsHasTheDefaultOnes) {
  const auto config = parse(with_task(""));
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->pipeline.at("build").inputs);
  EXPECT_THAT(errors_of(with_task("    inputs: []\n")), HasSubstr("\"inputs\" is empty"));
}

// B26: only remote.* is expanded.
TEST(Config, InputsMayAddToTheDefaultsAndNameFilesOfTheWorkspace) {
  const auto config = parse(
      with_task("    inputs: [\"$default\", \"!README.md\", \"$root/a.json\", \"!$root/./b\"]\n"));
  ASSERT_TRUE(config) << render(config.error());
  const TaskDefinition& build = config->pipeline.at("build");
  EXPECT_TRUE(build.inputs_extend_defaults);
  EXPECT_THAT(build.inputs->patterns, ElementsAre("!README.md"));
  EXPECT_THAT(build.root_inputs.patterns, ElementsAre("a.json", "!b"));
  const auto plain = parse(with_task("    inputs: [\"$default\"]\n"));
  ASSERT_TRUE(plain) << render(plain.error());
  EXPECT_FALSE(plain->pipeline.at("build").inputs);
  EXPECT_THAT(errors_of(with_task("    inputs: [\"!$root/a\", \"src\"]\n")),
              HasSubstr("only excludes"));
  EXPECT_THAT(errors_of(with_task("    inputs: [\"$root/../a\", \"$root/\", \"$Default\"]\n")),
              testing::AllOf(HasSubstr("leaves the workspace"), HasSubstr("an empty pattern"),
                             HasSubstr("variables mean nothing")));
}

TEST(Config, CommandsBelongToTheShell) {
  const Environment environment({{"VC_AUTH_TOKEN", "t"}, {"1", "no"}, {"HOME", "no"}});
  const auto config = parse(R"x(version: 1
remote: {url: "http://h:1", token: "${VC_AUTH_TOKEN}"}
pipeline:
  a:
    command: "awk '{print $1}' ${HOME} $$ ${X:-d}"
    description: "${HOME}"
)x",
                            environment);
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_EQ(config->pipeline.at("a").command, "awk '{print $1}' ${HOME} $$ ${X:-d}");
  EXPECT_EQ(config->pipeline.at("a").description, "${HOME}");
}

// B26: a value cannot become structure.
TEST(Config, AVariableCannotInjectYaml) {
  const Environment environment({{"VC_AUTH_TOKEN", "x\"\npipeline: {}\n"}});
  const auto config = parse(kDocumented, environment);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->remote.token, "x\"\npipeline: {}\n");
  EXPECT_EQ(config->pipeline.size(), 1U);
}

TEST(Config, AVariableWithoutValueTurnsTheRemoteOffAndIsNamed) {
  const auto config = parse(kDocumented, Environment());
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->remote.enabled);
  EXPECT_EQ(config->remote.missing_variable, "VC_AUTH_TOKEN");
}

// CI withholds secrets from pull requests of forks by making them empty.
TEST(Config, AnEmptyVariableIsAsGoodAsUnset) {
  const auto config = parse(kDocumented, Environment({{"VC_AUTH_TOKEN", ""}}));
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->remote.enabled);
  EXPECT_EQ(config->remote.missing_variable, "VC_AUTH_TOKEN");
}

TEST(Config, ADefaultStandsInForAVariable) {
  const auto config = parse(
      "version: 1\nremote: {url: \"${CACHE_URL:-http://h:1/}\"}\n"
      "pipeline: {a: {command: x}}\n",
      Environment());
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_TRUE(config->remote.enabled);
  EXPECT_EQ(config->remote.url, "http://h:1");
  EXPECT_EQ(config->remote.missing_variable, "");
}

TEST(Config, ARemoteThatIsOffNeedsNoVariables) {
  const auto config = parse(
      "version: 1\nremote: {enabled: false, url: \"${U}\", token: \"${T}\"}\n"
      "pipeline: {a: {command: x}}\n",
      Environment());
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_FALSE(config->remote.enabled);
  EXPECT_EQ(config->remote.missing_variable, "");
}

TEST(Config, ATokenInTheFileIsWarnedAbout) {
  const auto config = parse(
      "version: 1\nremote: {url: \"http://h\", token: hunter2}\n"
      "pipeline: {a: {command: x}}\n");
  ASSERT_TRUE(config);
  ASSERT_EQ(config->warnings.size(), 1U);
  EXPECT_EQ(config->warnings[0].severity, Severity::warning);
  EXPECT_EQ(config->warnings[0].at.line, 2);
}

using UrlCase = std::pair<std::string_view, std::string_view>;  // A url, and what is wrong.

TEST(Config, TheRemoteUrlIsChecked) {
  for (const auto& [url, problem] : std::initializer_list<UrlCase>{
           {"http://localhost:8080", ""},
           {"https://cache.example.com/base/path/", ""},
           {"http://[::1]:8080", ""},
           {"ftp://h", "not an http"},
           {"localhost:8080", "not an http"},
           {"not a url", "not a URL"},
           {"", "not a URL"},
           {"http://", "without a host"},
           {"http:///x", "without a host"},
           {"http://me:pw@h/", "user name or password"},
           {"http://h/?a=b", "query"},
           {"http://h:0", "port"},
           {"http://h:99999", "port"},
       }) {
    const std::string errors = errors_of("version: 1\nremote: {url: \"" + std::string(url) +
                                         "\"}\npipeline: {a: {command: x}}\n");
    if (problem.empty()) {
      EXPECT_EQ(errors, "") << url;
    } else {
      EXPECT_THAT(errors, HasSubstr(problem)) << url;
      EXPECT_THAT(errors, Not(HasSubstr("pw"))) << url;
    }
  }
}

TEST(Config, AUrlThatIsNoTextIsOneMistake) {
  EXPECT_EQ(
      errors_of("version: 1\nremote: {enabled: true, url: [x]}\npipeline: {a: {command: x}}\n"),
      "2:30 \"url\" must be a text, not a list\n");
}

// B27: nothing is accepted silently.
TEST(Config, AnEnabledRemoteNeedsAUrl) {
  EXPECT_EQ(errors_of("version: 1\nremote:\n  enabled: true\npipeline: {a: {command: x}}\n"),
            "2:1 \"remote\" has no url\n");
}

// B27
TEST(Config, UnknownKeysAreErrorsWithASuggestion) {
  const auto config = parse("version: 1\npipeline:\n  build:\n    command: x\n    input: []\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(render(config.error()),
            "velocity.yml:5:5: error[VC0107]: unknown key \"input\"\n"
            "    5 |     input: []\n"
            "      |     ^~~~~\n"
            "help: did you mean \"inputs\"?\n");
}

// B27: all mistakes of the file in one go.
TEST(Config, EveryMistakeIsReportedAtOnce) {
  EXPECT_EQ(errors_of(R"(version: 2
remot: {}
remote: {enabled: yes, urll: x}
pipeline:
  build:
    outputs: dist
    cache: "true"
  b#c: {command: x}
  test: {command: ""}
)"),
            "1:10 \"version\" must be 1\n"
            "2:1 unknown key \"remot\"\n"
            "3:19 \"enabled\" must be true or false\n"
            "3:24 unknown key \"urll\"\n"
            "6:14 \"outputs\" must be a list, not a single value\n"
            "7:12 \"cache\" must be true or false\n"
            "5:3 task \"build\" has no command\n"
            "8:3 \"b#c\" cannot be the name of a task\n"
            "9:19 \"command\" is empty\n");
}

TEST(Config, DuplicateKeysAreErrorsOnEveryLevel) {
  EXPECT_EQ(errors_of("version: 1\npipeline:\n  a: {command: x, command: y}\n  a: {command: z}\n"
                      "version: 1\n"),
            "5:1 duplicate key \"version\"\n"
            "4:3 duplicate key \"a\"\n"
            "3:19 duplicate key \"command\"\n");
}

TEST(Config, VersionAndPipelineAreRequired) {
  EXPECT_EQ(errors_of("project_id: x\n"),
            "1:1 velocity.yml has no \"version\"\n1:1 velocity.yml has no \"pipeline\"\n");
  EXPECT_EQ(errors_of(""), "1:1 velocity.yml must be a map of keys and values, not nothing\n");
  EXPECT_EQ(errors_of("[]"), "1:1 velocity.yml must be a map of keys and values, not a list\n");
  EXPECT_EQ(errors_of("version: \"1\"\npipeline: {}\n"), "1:10 \"version\" must be 1\n");
}

TEST(Config, ValuesThatWereLeftOutAreReportedAtTheirKey) {
  EXPECT_EQ(errors_of("version: 1\npipeline:\n"),
            "2:1 \"pipeline\" must be a map of keys and values, not nothing\n");
  EXPECT_EQ(errors_of(with_task("    outputs:\n    inputs: ~\n    description:\n")),
            "5:5 \"outputs\" must be a list, not nothing\n"
            "6:5 \"inputs\" must be a list, not nothing\n"
            "7:5 \"description\" must be a text, not nothing\n");
}

// B7: outputs never leave the package.
TEST(Config, PatternsThatLeaveThePackageAreErrorsAtThePattern) {
  for (const std::string_view pattern :
       {"../x", "/abs", "~/x", "a/../../x", "..", "!../x", "dist/../../y/**"}) {
    EXPECT_EQ(errors_of(with_task("    outputs:\n      - dist\n      - \"" + std::string(pattern) +
                                  "\"\n")),
              "7:9 \"" + std::string(pattern) + "\" leaves the package\n");
    EXPECT_EQ(errors_of(with_task("    inputs: [\"a\", \"" + std::string(pattern) + "\"]\n")),
              "5:19 \"" + std::string(pattern) + "\" leaves the package\n");
  }
  EXPECT_EQ(errors_of(with_task("    outputs: [\"a..b/..c\"]\n")), "");
}

// B7: nor do they cover what no build may remove.
TEST(Config, OutputsThatCoverTheSourcesAreErrors) {
  for (const std::string_view pattern : {".", "**", "*", "./", ".git", ".velocity/**", "*.json"}) {
    EXPECT_THAT(errors_of(with_task("    outputs: [\"" + std::string(pattern) + "\"]\n")),
                HasSubstr("outputs are removed before a task runs"))
        << pattern;
  }
  EXPECT_EQ(errors_of(with_task("    outputs: [\"dist\", \"**/*.o\"]\n")), "");
}

TEST(Config, BadPatternsAreErrors) {
  EXPECT_THAT(errors_of(with_task("    inputs: [\"a[\"]\n")), HasSubstr("5:14 "));
  EXPECT_THAT(errors_of(with_task("    inputs: [\"\"]\n")), HasSubstr("empty pattern"));
  EXPECT_THAT(errors_of(with_task("    inputs: [\"!a\"]\n")), HasSubstr("only excludes"));
  EXPECT_THAT(errors_of(with_task("    inputs: [\"$TURBO_DEFAULT$\"]\n")), HasSubstr("variables"));
}

TEST(Config, BadDependenciesAreErrors) {
  for (const std::string_view dependency : {"", "^", "#", "#build", "web#", "$CI", "a b", "^a#b"}) {
    EXPECT_EQ(errors_of(with_task("    depends_on: [\"" + std::string(dependency) + "\"]\n")),
              "5:18 \"" + std::string(dependency) + "\" is not a dependency\n");
  }
}

TEST(Config, BadVariableNamesAreErrors) {
  for (const std::string_view name : {"A=b", "", "1A", "A-B", "!", "!!A", "$HOME"}) {
    EXPECT_THAT(errors_of(with_task("    env: [\"" + std::string(name) + "\"]\n")),
                HasSubstr("5:11 \"" + std::string(name) + "\" is not a variable"));
  }
}

TEST(Config, AnErrorInAnAliasIsReportedWhereTheValueIsWritten) {
  EXPECT_EQ(errors_of("version: 1\npipeline:\n  a: {command: x, outputs: &o [../x]}\n"
                      "  b: {command: x, outputs: *o}\n"),
            "3:32 \"../x\" leaves the package\n3:32 \"../x\" leaves the package\n");
}

TEST(Config, MergeKeysAreExplained) {
  const auto config = parse("version: 1\npipeline:\n  a: &a {command: x}\n  b: {<<: *a}\n");
  ASSERT_FALSE(config);
  EXPECT_THAT(render(config.error()), HasSubstr("merge keys are not part of YAML 1.2"));
}

TEST(Config, TheNumberOfReportedErrorsIsLimited) {
  std::string text = "version: 1\npipeline: {a: {command: x}}\n";
  for (std::size_t i = 0; i < kErrorsMax; ++i) {
    text += "x" + std::to_string(i) + ": 1\n";
  }
  EXPECT_EQ(parse(text).error().size(), kErrorsMax);
  text += "y: 1\nz: 1\n";
  const auto config = parse(text);
  ASSERT_EQ(config.error().size(), kErrorsMax + 1);
  EXPECT_EQ(config.error().back().message, "more than 100 errors; the rest is not shown");
}

TEST(Config, TheSizeOfTheFileIsLimited) {
  const auto padded = [](std::size_t size) {
    std::string text = with_task("# ");
    text.append(size - text.size() - 1, 'x');
    return text + "\n";
  };
  EXPECT_TRUE(parse(padded(kConfigBytesMax)));
  const auto config = parse(padded(kConfigBytesMax + 1));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error()[0].message, HasSubstr("1048577 bytes"));
}

TEST(LoadConfig, AFilePastTheLimitOrAbsentIsAnError) {
  const auto folder = TempDir::create();
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "velocity.yml";
  EXPECT_FALSE(load_config(file, {}));
  ASSERT_TRUE(write_file_atomically(file, with_task("")));
  const auto config = load_config(file, {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->root, fs::canonical(folder->path()));
  ASSERT_TRUE(write_file_atomically(file, std::string(kConfigBytesMax + 1, '#')));
  const auto too_large = load_config(file, {});
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error()[0].code, 101);
}

TEST(PackageConfig, HasANameDependenciesAndOverrides) {
  const auto config = parse_package_config(
      "name: core\ndepends_on: [util]\npipeline:\n  build:\n    cache: false\n",
      "libs/x/velocity.yml");
  ASSERT_TRUE(config) << render(config.error());
  EXPECT_EQ(config->name, "core");
  EXPECT_THAT(config->depends_on, ElementsAre("util"));
  EXPECT_EQ(config->depends_on_at[0].file, "libs/x/velocity.yml");
  EXPECT_EQ(config->pipeline.at("build").command, "");
  EXPECT_TRUE(config->pipeline.at("build").given.contains(TaskKey::cache));
  EXPECT_TRUE(parse_package_config("", "libs/x/velocity.yml"));
}

TEST(PackageConfig, KeysOfTheWorkspaceAreRefused) {
  const auto config = parse_package_config("version: 1\nremote: {}\n", "libs/x/velocity.yml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), 2U);
  EXPECT_EQ(config.error()[0].at.file, "libs/x/velocity.yml");
}

}  // namespace
}  // namespace vc::agent
