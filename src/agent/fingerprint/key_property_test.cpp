// A key is a one-to-one function of what is declared: whatever a workspace looks like and whatever
// happens to it, the keys of exactly those tasks change whose declared ingredients did, in any
// checkout. Random workspaces and changes are tried; one that fails is made smaller, as long as it
// fails, and printed with its seed.
//
// RC_PARAMS="seed=7 max_success=100000" tries others than every build does.

#include "agent/fingerprint/canonical_encoding.hpp"
#include "agent/fingerprint/testing/checkout.hpp"
#include "agent/fingerprint/testing/declared.hpp"

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sstream>

namespace vc::agent::property {

struct Scenario {
  Blueprint before;
  std::vector<Change> changes;

  friend std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
    out << scenario.before;
    for (const Change& change : scenario.changes) {
      out << "then: " << change << '\n';
    }
    return out;
  }
};

}  // namespace vc::agent::property

namespace rc {

using namespace vc::agent::property;

// At most `count` elements, each of full size.
template <typename T>
static Gen<std::vector<T>> few(int count, const Gen<T>& element) {
  return gen::resize(count, gen::container<std::vector<T>>(gen::resize(kNominalSize, element)));
}

static Gen<int> below(int limit) {
  return gen::resize(kNominalSize, gen::inRange(0, limit));
}

template <>
struct Arbitrary<FileSpec> {
  static Gen<FileSpec> arbitrary() {
    return gen::build<FileSpec>(
        gen::set(&FileSpec::package, below(4)), gen::set(&FileSpec::path, below(kPaths)),
        gen::set(&FileSpec::kind, below(3)), gen::set(&FileSpec::content, below(3)));
  }
};

template <>
struct Arbitrary<EdgeSpec> {
  static Gen<EdgeSpec> arbitrary() {
    return gen::build<EdgeSpec>(gen::set(&EdgeSpec::form, below(3)),
                                gen::set(&EdgeSpec::task, below(3)),
                                gen::set(&EdgeSpec::package, below(4)));
  }
};

template <>
struct Arbitrary<TaskSpec> {
  static Gen<TaskSpec> arbitrary() {
    return gen::build<TaskSpec>(
        gen::set(&TaskSpec::command, below(2)), gen::set(&TaskSpec::is_script),
        gen::set(&TaskSpec::names_inputs), gen::set(&TaskSpec::patterns, few(4, below(kPatterns))),
        gen::set(&TaskSpec::variables, few(2, below(3))),
        gen::set(&TaskSpec::passed, few(2, below(2))),
        gen::set(&TaskSpec::tools, few(2, below(kTools))),
        gen::set(&TaskSpec::edges, few(3, gen::arbitrary<EdgeSpec>())),
        gen::set(&TaskSpec::outputs, below(3)), gen::set(&TaskSpec::is_incremental),
        gen::set(&TaskSpec::is_for_all_platforms), gen::set(&TaskSpec::rules, below(3)));
  }
};

template <>
struct Arbitrary<PackageSpec> {
  static Gen<PackageSpec> arbitrary() {
    return gen::build<PackageSpec>(gen::set(&PackageSpec::uses, few(2, below(3))),
                                   gen::set(&PackageSpec::scripts, few(2, below(3))),
                                   gen::set(&PackageSpec::manifest, below(2)));
  }
};

template <>
struct Arbitrary<Blueprint> {
  static Gen<Blueprint> arbitrary() {
    return gen::build<Blueprint>(
        gen::set(&Blueprint::packages, gen::nonEmpty(few(4, gen::arbitrary<PackageSpec>()))),
        gen::set(&Blueprint::tasks, gen::nonEmpty(few(3, gen::arbitrary<TaskSpec>()))),
        gen::set(&Blueprint::files, few(12, gen::arbitrary<FileSpec>())),
        gen::set(&Blueprint::shared,
                 gen::resize(3, gen::container<std::map<int, int>>(below(kSharedPaths), below(3)))),
        gen::set(&Blueprint::variables, gen::resize(5, gen::container<std::map<int, int>>(
                                                           below(kVariables), below(kValues)))),
        gen::set(&Blueprint::lockfile, below(2)), gen::set(&Blueprint::has_global_inputs),
        gen::set(&Blueprint::argument, below(2)), gen::set(&Blueprint::is_reversed));
  }
};

template <>
struct Arbitrary<Change> {
  static Gen<Change> arbitrary() {
    return gen::build<Change>(gen::set(&Change::kind, below(kChanges)),
                              gen::set(&Change::a, below(8)), gen::set(&Change::b, below(16)),
                              gen::set(&Change::c, below(4)));
  }
};

template <>
struct Arbitrary<Scenario> {
  static Gen<Scenario> arbitrary() {
    return gen::build<Scenario>(
        gen::set(&Scenario::before),
        gen::set(&Scenario::changes, gen::nonEmpty(few(3, gen::arbitrary<Change>()))));
  }
};

}  // namespace rc

namespace vc::agent::property {
namespace {

constexpr int kScenarios = 1000;
constexpr std::uint64_t kSeed = 20'261'123;

// Which key goes with which declaration, over all that was looked at.
class Pairs {
 public:
  // What is wrong, else "".
  std::string add(const Blueprint& blueprint, const std::map<std::string, std::string>& keys) {
    const auto signatures = declared(blueprint);
    for (const auto& [label, key] : keys) {
      const auto signature = signatures.find(label);
      if (signature == signatures.end()) {
        return label + " should not be there";
      }
      const auto [known_key, is_new] = keys_.emplace(signature->second, key);
      if (!is_new && known_key->second != key) {
        return label + ": the key changed, and nothing that it declares did";
      }
      const auto [known_signature, is_first] = signatures_.emplace(key, signature->second);
      if (!is_first && known_signature->second != signature->second) {
        return label + ": the key is the same, and something that it declares is not";
      }
    }
    return {};
  }

 private:
  std::map<std::string, std::string> keys_;
  std::map<std::string, std::string> signatures_;
};

// What is wrong with the keys in a scenario, else "".
std::string fault_of(const Scenario& scenario, const KeyOf& key_of) {
  Checkout here;
  Checkout elsewhere;
  Pairs pairs;
  Blueprint blueprint = scenario.before;
  const auto look_at = [&](Checkout& checkout, bool is_rewritten) -> std::string {
    checkout.become(blueprint, is_rewritten);
    const auto keys = checkout.keys(blueprint, key_of);
    return keys ? pairs.add(blueprint, *keys) : "refused: " + keys.error();
  };
  std::string fault = look_at(here, false);
  for (const Change& change : scenario.changes) {
    if (fault.empty()) {
      blueprint = changed(std::move(blueprint), change);
      fault = look_at(here, rewrites_files(change));
    }
  }
  return fault.empty() ? look_at(elsewhere, false) : fault;
}

struct Outcome {
  bool passed = false;
  std::string text;
  // The smallest that failed.
  std::optional<Scenario> smallest;
};

// Nothing is printed but what a test says; some want to fail.
class SilentListener final : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}

  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}

  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

Outcome try_scenarios(const char* what, const KeyOf& key_of, int scenarios) {
  Outcome outcome;
  rc::detail::TestParams params;
  params.seed = kSeed;
  params.maxSuccess = scenarios;
  if (std::getenv("RC_PARAMS") != nullptr) {
    params = rc::detail::configuration().testParams;
  }
  SilentListener listener;
  rc::detail::TestMetadata metadata;
  metadata.id = what;
  metadata.description = what;
  const auto result = rc::detail::checkTestable(
      [&](const Scenario& scenario) {
        const std::string fault = fault_of(scenario, key_of);
        if (!fault.empty()) {
          outcome.smallest = scenario;
          RC_FAIL(fault);
        }
      },
      metadata, params, listener);
  outcome.passed = result.template is<rc::detail::SuccessResult>();
  std::ostringstream text;
  text << "seed " << params.seed << ": ";
  rc::detail::printResultMessage(result, text);
  outcome.text = text.str();
  return outcome;
}

TEST(KeyProperty, AKeyChangesWithWhatIsDeclaredAndWithNothingElse) {
  const Outcome outcome = try_scenarios("keys", real_key, kScenarios);
  EXPECT_TRUE(outcome.passed) << outcome.text;
}

// A key without an ingredient of one kind, which has to be found out.
class WithoutAnIngredient : public ::testing::TestWithParam<IngredientKind> {};

TEST_P(WithoutAnIngredient, IsFoundAndMadeSmall) {
  const KeyOf key_without = [&](const TaskFingerprint& fingerprint, const fs::path&) {
    CanonicalEncoding encoding;
    for_each_ingredient(fingerprint, [&](const Ingredient& ingredient) {
      if (ingredient.kind != GetParam()) {
        encoding.add(ingredient);
      }
    });
    return encoding.digest().hex();
  };
  const Outcome outcome = try_scenarios("a hole", key_without, kScenarios);
  ASSERT_FALSE(outcome.passed);
  ASSERT_TRUE(outcome.smallest) << outcome.text;
  EXPECT_EQ(outcome.smallest->changes.size(), 1U) << outcome.text;
  EXPECT_LE(outcome.smallest->before.packages.size(), 2U) << outcome.text;
  EXPECT_LE(outcome.smallest->before.tasks.size(), 2U) << outcome.text;
  EXPECT_LE(outcome.smallest->before.files.size(), 1U) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Each, WithoutAnIngredient,
                         ::testing::Values(IngredientKind::definition, IngredientKind::manifest,
                                           IngredientKind::input, IngredientKind::environment,
                                           IngredientKind::tool, IngredientKind::lockfile,
                                           IngredientKind::global_input, IngredientKind::argument,
                                           IngredientKind::platform, IngredientKind::dependency),
                         [](const auto& info) {
                           std::string name(name_of(info.param));
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

TEST(KeyProperty, AKeyThatKnowsItsCheckoutIsFound) {
  const Outcome outcome = try_scenarios(
      "a place",
      [](const TaskFingerprint& fingerprint, const fs::path& root) {
        return sha256(fingerprint.key.hex() + root.string()).hex();
      },
      kScenarios);
  ASSERT_FALSE(outcome.passed);
  EXPECT_EQ(outcome.smallest->before.packages.size(), 1U) << outcome.text;
  EXPECT_TRUE(outcome.smallest->before.files.empty()) << outcome.text;
}

}  // namespace
}  // namespace vc::agent::property
