#include "agent/workspace/semver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>

namespace vc::agent {
namespace {

// A range, a version, and whether one holds the other.
using RangeCase = std::tuple<std::string_view, std::string_view, RangeMatch>;

constexpr auto kYes = RangeMatch::yes;
constexpr auto kNo = RangeMatch::no;
constexpr auto kUnknown = RangeMatch::unknown;

class Semver : public testing::TestWithParam<RangeCase> {};

TEST_P(Semver, RangeDecidesAboutVersion) {
  const auto& [range, version, match] = GetParam();
  EXPECT_EQ(match_range(version, range), match) << version << " in " << range;
}

INSTANTIATE_TEST_SUITE_P(Exact, Semver,
                         testing::Values(RangeCase{"1.2.3", "1.2.3", kYes},
                                         RangeCase{"=1.2.3", "1.2.3", kYes},
                                         RangeCase{"v1.2.3", "1.2.3", kYes},
                                         RangeCase{"1.2.3", "1.2.4", kNo},
                                         RangeCase{"1.2.3", "1.2.3+build.7", kYes}));

INSTANTIATE_TEST_SUITE_P(
    Partial, Semver,
    testing::Values(RangeCase{"", "0.0.1", kYes}, RangeCase{"*", "9.9.9", kYes},
                    RangeCase{"x", "9.9.9", kYes}, RangeCase{"1", "1.9.9", kYes},
                    RangeCase{"1", "2.0.0", kNo}, RangeCase{"1.2", "1.2.9", kYes},
                    RangeCase{"1.2.x", "1.3.0", kNo}, RangeCase{"1.*", "1.3.0", kYes}));

INSTANTIATE_TEST_SUITE_P(
    Caret, Semver,
    testing::Values(RangeCase{"^1.2.3", "1.2.3", kYes}, RangeCase{"^1.2.3", "1.9.0", kYes},
                    RangeCase{"^1.2.3", "1.2.2", kNo}, RangeCase{"^1.2.3", "2.0.0", kNo},
                    RangeCase{"^0.2.3", "0.2.9", kYes}, RangeCase{"^0.2.3", "0.3.0", kNo},
                    RangeCase{"^0.0.3", "0.0.3", kYes}, RangeCase{"^0.0.3", "0.0.4", kNo},
                    RangeCase{"^0.0", "0.0.9", kYes}, RangeCase{"^0.0", "0.1.0", kNo},
                    RangeCase{"^0", "0.9.0", kYes}, RangeCase{"^0.x", "0.9.0", kYes},
                    RangeCase{"^1", "1.0.0", kYes}));

INSTANTIATE_TEST_SUITE_P(Tilde, Semver,
                         testing::Values(RangeCase{"~1.2.3", "1.2.9", kYes},
                                         RangeCase{"~1.2.3", "1.3.0", kNo},
                                         RangeCase{"~1", "1.9.0", kYes},
                                         RangeCase{"~> 1.2", "1.2.9", kYes}));

INSTANTIATE_TEST_SUITE_P(
    Comparisons, Semver,
    testing::Values(RangeCase{">=1.2.3", "1.2.3", kYes}, RangeCase{">1.2.3", "1.2.3", kNo},
                    RangeCase{">1", "1.9.0", kNo}, RangeCase{">1", "2.0.0", kYes},
                    RangeCase{"<2", "1.9.9", kYes}, RangeCase{"<=1", "1.9.9", kYes},
                    RangeCase{"<=1.2.3", "1.2.3", kYes}, RangeCase{">=1 <2", "1.5.0", kYes},
                    RangeCase{">= 1.0.0 < 2.0.0", "2.0.0", kNo},
                    RangeCase{"1.0.0 - 2.3", "2.3.9", kYes},
                    RangeCase{"1.0.0 - 2.3.4", "2.3.5", kNo},
                    RangeCase{"^1.0.0 || ^3.0.0", "3.1.0", kYes},
                    RangeCase{"^1.0.0||^3.0.0", "2.1.0", kNo}));

INSTANTIATE_TEST_SUITE_P(Prereleases, Semver,
                         testing::Values(RangeCase{"^1.0.0", "1.0.0-beta", kNo},
                                         RangeCase{"^1.0.0", "1.1.0-rc.1", kYes},
                                         RangeCase{"^1.0.0-beta.2", "1.0.0-beta.10", kYes},
                                         RangeCase{"^1.0.0-beta.2", "1.0.0-beta.1", kNo},
                                         RangeCase{">=1.0.0-alpha", "1.0.0-alpha.1", kYes},
                                         RangeCase{">=1.0.0-alpha", "1.0.0-1", kNo}));

INSTANTIATE_TEST_SUITE_P(
    Neither, Semver,
    testing::Values(RangeCase{"latest", "1.0.0", kUnknown}, RangeCase{"^1.0.0", "", kUnknown},
                    RangeCase{"^1.0.0", "1.0", kUnknown}, RangeCase{"catalog:", "1.0.0", kUnknown},
                    RangeCase{"1.2.3.4", "1.2.3", kUnknown}, RangeCase{"^", "1.0.0", kYes},
                    RangeCase{">", "1.0.0", kUnknown}, RangeCase{"1.0.0-", "1.0.0", kUnknown},
                    RangeCase{"^99999999999999999999.0.0", "1.0.0", kUnknown},
                    RangeCase{"latest || ^1.0.0", "1.0.0", kYes},
                    RangeCase{"latest || ^2.0.0", "1.0.0", kUnknown}));

TEST(SemverLimits, ARangeOfAbsurdLengthIsNotRead) {
  const std::string blanks(1023, ' ');
  EXPECT_EQ(match_range("1.0.0", "*" + blanks), RangeMatch::yes);
  EXPECT_EQ(match_range("1.0.0", "*" + blanks + " "), RangeMatch::unknown);
}

}  // namespace
}  // namespace vc::agent
