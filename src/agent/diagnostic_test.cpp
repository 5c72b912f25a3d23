#include "agent/diagnostic.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

Diagnostic unknown_key() {
  return {.severity = Severity::error,
          .code = 107,
          .message = "unknown key \"input\"",
          .at = {.file = "velocity.yml", .line = 14, .column = 5, .width = 5},
          .source_line = "    input:",
          .help = "did you mean \"inputs\"?"};
}

TEST(Diagnostic, IsShownTheWayACompilerShowsIt) {
  EXPECT_EQ(render(unknown_key()),
            "velocity.yml:14:5: error[VC0107]: unknown key \"input\"\n"
            "   14 |     input:\n"
            "      |     ^~~~~\n"
            "help: did you mean \"inputs\"?\n");
}

TEST(Diagnostic, ColourIsOnlyAddedOnDemand) {
  EXPECT_EQ(render(unknown_key()).find('\x1b'), std::string::npos);
  const std::string coloured = render(unknown_key(), Colour::on);
  EXPECT_NE(coloured.find("\x1b[1;31merror[VC0107]:\x1b[0m"), std::string::npos);
}

TEST(Diagnostic, AWarningSaysSo) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.severity = Severity::warning;
  EXPECT_NE(render(diagnostic).find("warning[VC0107]"), std::string::npos);
  EXPECT_FALSE(has_errors({diagnostic}));
  EXPECT_TRUE(has_errors({diagnostic, unknown_key()}));
}

TEST(Diagnostic, WithoutAFileItNamesTheProgram) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.at = {};
  diagnostic.source_line.clear();
  EXPECT_TRUE(render(diagnostic).starts_with("velocity: error[VC0107]"));
}

TEST(Diagnostic, WithoutALineItNamesTheFileOnly) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.at = {.file = "package.json"};
  EXPECT_TRUE(render(diagnostic).starts_with("package.json: error[VC0107]"));
  EXPECT_EQ(render(diagnostic).find('|'), std::string::npos);
}

// The line of carets below an excerpt.
std::string caret_line(const Diagnostic& diagnostic) {
  const std::string text = render(diagnostic);
  const std::size_t caret = text.find('^');
  const std::size_t begin = text.rfind('\n', caret) + 1;
  return text.substr(begin, text.find('\n', caret) - begin);
}

TEST(Diagnostic, TabsAreExpandedAndTheCaretStillPointsRight) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.source_line = "\tab\tinput:";
  diagnostic.at.column = 5;
  EXPECT_EQ(caret_line(diagnostic), "      |         ^~~~~");
  EXPECT_NE(render(diagnostic).find("|     ab  input:"), std::string::npos);
}

TEST(Diagnostic, CharactersOfSeveralBytesAreOneColumn) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.source_line = "\xC3\xA9\xC3\xA9: input";  // Two e with an acute accent.
  diagnostic.at.column = 5;
  EXPECT_EQ(caret_line(diagnostic), "      |     ^~~~~");
}

TEST(Diagnostic, WideCharactersTakeTwoCellsAndCombiningOnesNone) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.source_line =
      "\xE6\x97\xA5"
      "e\xCC\x81: input";  // A CJK character, e + accent.
  diagnostic.at.column = 6;
  EXPECT_EQ(caret_line(diagnostic), "      |      ^~~~~");
}

TEST(Diagnostic, LongLinesAreCutAroundTheCaret) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.source_line = std::string(5000, 'a') + "input" + std::string(5000, 'b');
  diagnostic.at.column = 5001;
  const std::string text = render(diagnostic);
  EXPECT_LT(text.size(), 400U);
  EXPECT_NE(text.find("| ...aaa"), std::string::npos);
  EXPECT_NE(text.find("bbb...\n"), std::string::npos);
  const std::string carets = caret_line(diagnostic);
  const std::size_t excerpt = text.find("| ...");
  const std::size_t excerpt_begin = text.rfind('\n', excerpt) + 1;
  EXPECT_EQ(text.substr(excerpt_begin + carets.find('^'), 5), "input");
}

TEST(Diagnostic, ALineOfExactlyTheLimitIsNotCut) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.at.column = 1;
  diagnostic.source_line = std::string(100, 'a');
  EXPECT_EQ(render(diagnostic).find("..."), std::string::npos);
  diagnostic.source_line += 'a';
  EXPECT_NE(render(diagnostic).find("..."), std::string::npos);
}

TEST(Diagnostic, AColumnPastTheEndOfTheLineIsShownAtItsEnd) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.source_line = "ab";
  diagnostic.at.column = 900;
  EXPECT_EQ(caret_line(diagnostic), "      |   ^");
}

TEST(Diagnostic, NothingInTheTextCanSteerTheTerminal) {
  Diagnostic diagnostic = unknown_key();
  diagnostic.message = "name \x1b[2J\xE2\x80\xAE";  // Clear the screen; write from right to left.
  diagnostic.source_line = "    input: \x1b]0;owned\x07\xFF";
  const std::string text = render(diagnostic);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_NE(text.find("name ?[2J?"), std::string::npos);
}

}  // namespace
}  // namespace vc::agent
