#include "core/options.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Arguments = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr Option kTable[] = {
    {.variable = "VC_PORT",
     .kind = OptionKind::integer,
     .default_value = "8080",
     .doc = "The port to listen on.",
     .min = 1,
     .max = 65535},
    {.variable = "VC_AUTH_TOKEN",
     .doc = "The token clients must send.",
     .secrecy = Secrecy::secret},
    {.variable = "VC_LOCAL_ROOT",
     .default_value = "./velocity-data",
     .doc = "Where artifacts live."},
    {.variable = "VC_LOCAL_MAX_SIZE",
     .kind = OptionKind::bytes,
     .doc = "How much to keep.",
     .min = 1 << 20},
    {.variable = "VC_DRAIN",
     .kind = OptionKind::seconds,
     .default_value = "15m",
     .doc = "How long to wait."},
    {.variable = "VC_ALLOW_ANONYMOUS",
     .kind = OptionKind::boolean,
     .doc = "Serve without a token."},
    {.variable = "VC_STORAGE_DRIVER",
     .kind = OptionKind::choice,
     .default_value = "local",
     .doc = "Where to store.",
     .choices = "s3|local|memory"},
};

Result<OptionValues> parse(const Arguments& arguments, const Variables& variables = {}) {
  return parse_options(kTable, arguments, Environment(variables));
}

OptionValues parsed(const Arguments& arguments, const Variables& variables = {}) {
  auto values = parse(arguments, variables);
  EXPECT_TRUE(values.has_value()) << (values ? "" : values.error().message);
  return values.value_or(OptionValues());
}

std::string mistakes(const Arguments& arguments, const Variables& variables = {}) {
  const auto values = parse(arguments, variables);
  if (values) {
    ADD_FAILURE() << "accepted";
    return "";
  }
  EXPECT_EQ(values.error().code, Errc::invalid);
  EXPECT_THAT(values.error().hint, HasSubstr("--help"));
  return values.error().message;
}

TEST(Options, DefaultsAreUsedAndDoNotCountAsSet) {
  const OptionValues values = parsed({});
  EXPECT_EQ(values.integer("VC_PORT"), 8080);
  EXPECT_EQ(values.text("VC_PORT"), "8080");
  EXPECT_EQ(values.text("VC_LOCAL_ROOT"), "./velocity-data");
  EXPECT_EQ(values.integer("VC_DRAIN"), 900);
  EXPECT_EQ(values.text("VC_STORAGE_DRIVER"), "local");
  EXPECT_EQ(values.text("VC_AUTH_TOKEN"), "");
  EXPECT_EQ(values.integer("VC_LOCAL_MAX_SIZE"), 0);
  EXPECT_FALSE(values.boolean("VC_ALLOW_ANONYMOUS"));
  EXPECT_FALSE(values.is_set("VC_PORT"));
  EXPECT_THAT(values.warnings, IsEmpty());
}

TEST(Options, FlagsWinOverVariablesAndThoseOverDefaults) {
  const Variables variables{{"VC_PORT", "1"}, {"VC_LOCAL_ROOT", "/v"}};
  const OptionValues values = parsed({"--port=2"}, variables);
  EXPECT_EQ(values.integer("VC_PORT"), 2);
  EXPECT_EQ(values.text("VC_LOCAL_ROOT"), "/v");
  EXPECT_TRUE(values.is_set("VC_PORT"));
  EXPECT_TRUE(values.is_set("VC_LOCAL_ROOT"));
}

TEST(Options, FlagsInAllTheirForms) {
  EXPECT_EQ(parsed({"--port", "2"}).integer("VC_PORT"), 2);
  EXPECT_EQ(parsed({"--port=2", "--port=3"}).integer("VC_PORT"), 3);
  EXPECT_EQ(parsed({"--local-root=--odd=name"}).text("VC_LOCAL_ROOT"), "--odd=name");
  EXPECT_EQ(parsed({"--local-max-size", "10GiB"}).integer("VC_LOCAL_MAX_SIZE"), 10LL << 30);
  EXPECT_TRUE(parsed({"--allow-anonymous"}).boolean("VC_ALLOW_ANONYMOUS"));
  EXPECT_TRUE(parsed({"--allow-anonymous", "--port=2"}).boolean("VC_ALLOW_ANONYMOUS"));
  EXPECT_FALSE(parsed({"--allow-anonymous", "false"}).boolean("VC_ALLOW_ANONYMOUS"));
  EXPECT_FALSE(parsed({"--allow-anonymous=0"}, {{"VC_ALLOW_ANONYMOUS", "true"}})
                   .boolean("VC_ALLOW_ANONYMOUS"));
}

// `VC_X=${X}` in a compose file: an unset X must not become an empty token or root.
TEST(Options, AVariableSetToNothingIsUnset) {
  const OptionValues values = parsed({}, {{"VC_PORT", ""}, {"VC_AUTH_TOKEN", ""}});
  EXPECT_EQ(values.integer("VC_PORT"), 8080);
  EXPECT_FALSE(values.is_set("VC_AUTH_TOKEN"));
  EXPECT_THAT(mistakes({"--auth-token="}), HasSubstr("--auth-token: needs a value"));
}

// B30: a bad value is never silently ignored, and all of them are reported at once.
TEST(Options, EveryMistakeIsOneLineOfOneError) {
  const std::string text = mistakes(
      {"--prot=1", "stray", "--local-max-size", "--drain=1w"},
      {{"VC_PORT", "80x"}, {"VC_ALLOW_ANONYMOUS", "maybe"}, {"VC_STORAGE_DRIVER", "locall"}});
  EXPECT_EQ(text,
            "--prot: unknown flag; did you mean --port?\n"
            "unexpected argument \"stray\"\n"
            "--local-max-size: needs a value\n"
            "VC_PORT: expected a whole number, got \"80x\"\n"
            "--drain: expected a time such as 90, 15m, 1h or 7d, got \"1w\"\n"
            "VC_ALLOW_ANONYMOUS: expected true or false, got \"maybe\"\n"
            "VC_STORAGE_DRIVER: expected s3, local or memory, got \"locall\"; "
            "did you mean local?");
}

TEST(Options, RangesHoldAtNAndBreakAtOneMore) {
  EXPECT_EQ(parsed({"--port=65535"}).integer("VC_PORT"), 65535);
  EXPECT_THAT(mistakes({"--port=65536"}), HasSubstr("at most 65535"));
  EXPECT_EQ(parsed({"--port=1"}).integer("VC_PORT"), 1);
  EXPECT_THAT(mistakes({"--port=0"}), HasSubstr("at least 1"));
  EXPECT_EQ(parsed({"--local-max-size=1MiB"}).integer("VC_LOCAL_MAX_SIZE"), 1 << 20);
  EXPECT_THAT(mistakes({"--local-max-size=1MB"}), HasSubstr("at least 1048576"));
}

TEST(Options, UnknownVariablesAreWarnedAboutWithASuggestion) {
  const OptionValues values = parsed({}, {{"VC_PROT", "1"},
                                          {"VC_PORT_FILE", "x"},
                                          {"VC_SOMETHING_ELSE", "x"},
                                          {"OTHER_PORT", "x"},
                                          {"VCPORT", "x"}});
  EXPECT_THAT(values.warnings,
              ElementsAre("VC_PORT_FILE has no effect: only secrets are read from files",
                          "VC_PROT is not a known variable; did you mean VC_PORT?",
                          "VC_SOMETHING_ELSE is not a known variable"));
}

TEST(Options, AnotherPrefixNamesOtherVariables) {
  constexpr Option kOther[] = {{.variable = "VELOCITY_JOBS", .kind = OptionKind::integer}};
  const Environment environment({{"VELOCITY_JOBS", "3"}, {"VELOCITY_JOSB", "4"}, {"VC_X", "5"}});
  const auto values = parse_options(kOther, {}, environment, "VELOCITY_");
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(values->integer("VELOCITY_JOBS"), 3);
  EXPECT_THAT(values->warnings,
              ElementsAre("VELOCITY_JOSB is not a known variable; did you mean VELOCITY_JOBS?"));
  const Arguments flags{"--jobs=7"};
  EXPECT_EQ(parse_options(kOther, flags, environment, "VELOCITY_")->integer("VELOCITY_JOBS"), 7);
}

class SecretFiles : public testing::Test {
 protected:
  std::string file(std::string_view content) {
    const fs::path path = directory_.path() / "secret";
    EXPECT_TRUE(write_file_atomically(path, content));
    return path.native();
  }

  TempDir directory_ = *TempDir::create();
};

TEST_F(SecretFiles, TheContentWithoutItsFinalNewlineIsTheValue) {
  for (const char* content : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
    const auto values = parsed({}, {{"VC_AUTH_TOKEN_FILE", file(content)}});
    EXPECT_EQ(values.text("VC_AUTH_TOKEN"), "s3cret");
    EXPECT_TRUE(values.is_set("VC_AUTH_TOKEN"));
    EXPECT_THAT(values.warnings, IsEmpty());
  }
  EXPECT_EQ(parsed({}, {{"VC_AUTH_TOKEN_FILE", file(" two\nlines\n\n")}}).text("VC_AUTH_TOKEN"),
            " two\nlines\n");
  EXPECT_EQ(parsed({"--auth-token-file=" + file("by flag")}).text("VC_AUTH_TOKEN"), "by flag");
}

TEST_F(SecretFiles, FlagsWinOverFilesAndVariables) {
  const std::string path = file("from file");
  EXPECT_EQ(parsed({"--auth-token=flag"}, {{"VC_AUTH_TOKEN_FILE", path}}).text("VC_AUTH_TOKEN"),
            "flag");
  EXPECT_EQ(parsed({"--auth-token-file", path}, {{"VC_AUTH_TOKEN", "v"}}).text("VC_AUTH_TOKEN"),
            "from file");
  EXPECT_EQ(parsed({}, {{"VC_AUTH_TOKEN", ""}, {"VC_AUTH_TOKEN_FILE", path}}).text("VC_AUTH_TOKEN"),
            "from file");
}

TEST_F(SecretFiles, ASecretAndItsFileTogetherAreAMistake) {
  EXPECT_THAT(mistakes({}, {{"VC_AUTH_TOKEN", "hunter2"}, {"VC_AUTH_TOKEN_FILE", file("x")}}),
              HasSubstr("VC_AUTH_TOKEN and VC_AUTH_TOKEN_FILE are both given"));
  EXPECT_THAT(mistakes({"--auth-token=hunter2", "--auth-token-file=x"}), HasSubstr("both given"));
}

// B8: a token that cannot be had must stop the start, not open the door.
TEST_F(SecretFiles, AFileThatHoldsNothingOrIsNotThereIsAMistake) {
  EXPECT_THAT(mistakes({}, {{"VC_AUTH_TOKEN_FILE", file("")}}), HasSubstr("is empty"));
  EXPECT_THAT(mistakes({}, {{"VC_AUTH_TOKEN_FILE", file("\n")}}), HasSubstr("is empty"));
  EXPECT_THAT(mistakes({}, {{"VC_AUTH_TOKEN_FILE", "/nonexistent"}}),
              HasSubstr("VC_AUTH_TOKEN_FILE: open /nonexistent"));
  EXPECT_THAT(mistakes({}, {{"VC_AUTH_TOKEN_FILE", file(std::string(65537, 'x'))}}),
              HasSubstr("more than 65536 bytes"));
}

TEST(Options, SecretsAreInNoMessage) {
  constexpr Option kSecrets[] = {
      {.variable = "VC_PIN", .kind = OptionKind::integer, .secrecy = Secrecy::secret}};
  const auto values = parse_options(kSecrets, {}, Environment({{"VC_PIN", "hunter2"}}));
  ASSERT_FALSE(values.has_value());
  EXPECT_THAT(values.error().message, Not(HasSubstr("hunter2")));
}

TEST(OptionsDeathTest, AskingForWhatIsNotInTheTableIsABug) {
  EXPECT_DEATH((void)parsed({}).text("VC_OTHER"), "broken invariant");
}

TEST(OptionsText, HelpNamesFlagVariableRangeAndDefault) {
  const std::string help = options_help(kTable);
  EXPECT_THAT(help,
              HasSubstr("  --port NUMBER\n"
                        "      The port to listen on. [VC_PORT; 1 to 65535; default 8080]\n"));
  EXPECT_THAT(help, HasSubstr("[VC_AUTH_TOKEN or VC_AUTH_TOKEN_FILE]"));
  EXPECT_THAT(help, HasSubstr("--storage-driver s3|local|memory\n"));
  EXPECT_THAT(help, HasSubstr("at least 1048576"));
}

TEST(OptionsText, HelpIsWrappedAt80Columns) {
  const std::string words = "word word word word word word word word word word word word word word";
  const Option option{.variable = "VC_X", .doc = words};
  std::string_view help_text;
  const std::string help = options_help(std::span(&option, 1));
  std::size_t lines = 0;
  for (help_text = help; !help_text.empty(); help_text.remove_prefix(help_text.find('\n') + 1)) {
    EXPECT_LE(help_text.find('\n'), 80U);
    ++lines;
  }
  EXPECT_EQ(lines, 3U);
}

TEST(OptionsText, MarkdownIsOneRowPerOption) {
  const std::string markdown = options_markdown(kTable);
  EXPECT_THAT(markdown, HasSubstr("| `VC_PORT` | `--port` | `NUMBER` | `8080` | The port to listen "
                                  "on. Range: 1 to 65535. |\n"));
  EXPECT_THAT(markdown, HasSubstr("`s3\\|local\\|memory`"));
  EXPECT_THAT(markdown, HasSubstr("`VC_AUTH_TOKEN_FILE` names a file"));
  EXPECT_EQ(std::ranges::count(markdown, '\n'), 2 + std::ssize(kTable));
}

}  // namespace
}  // namespace vc
