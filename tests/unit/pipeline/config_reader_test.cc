#include "pipeline/configuration/config_reader.h"

#include <gtest/gtest.h>

#include "pipeline/base/errors.h"
#include "pipeline/configuration/config_writer.h"

namespace scorefem {
namespace {

enum class Colour { red, green };

struct Values {
  double number = 1.5;
  int count = 3;
  bool flag = false;
  std::string name = "none";
  Colour colour = Colour::red;
  std::vector<double> list = {1, 2};
  std::optional<double> maybe;
  std::vector<std::string> words;
  std::string unit;
  double inner = 0.25;
};

void describe(configuration::Section& s, Values& v) {
  s.required().number("number", v.number, configuration::positive(), "a positive number");
  s.integer("count", v.count, configuration::between(1, 10), "");
  s.flag("flag", v.flag, "");
  s.text("name", v.name, "");
  s.choice("colour", v.colour, {{Colour::red, "red"}, {Colour::green, "green"}}, "");
  s.numbers("list", v.list, configuration::non_negative(), "");
  s.optional_number("maybe", v.maybe, {}, "");
  s.texts("words", v.words, "");
  s.optional_text("unit", v.unit, "");
  s.section(
      "section",
      [&](configuration::Section& inner) {
        inner.number("inner", v.inner, configuration::between(0, 1), "");
      },
      "");
}

Values read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Values values;
  configuration::read_config_text(text, "file.yaml", overrides,
                                  [&](configuration::Section& s) { describe(s, values); });
  return values;
}

std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    read(text, overrides);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(ConfigReader, ReadsEveryType) {
  const Values v = read(
      "number: 2e-3\ncount: 7\nflag: true\nname: x\ncolour: green\nlist: [0, 0.5]\nmaybe: -1\nsection: "
      "{inner: 1}");
  EXPECT_DOUBLE_EQ(v.number, 2e-3);
  EXPECT_EQ(v.count, 7);
  EXPECT_TRUE(v.flag);
  EXPECT_EQ(v.name, "x");
  EXPECT_EQ(v.colour, Colour::green);
  EXPECT_EQ(v.list, (std::vector<double>{0, 0.5}));
  EXPECT_EQ(v.maybe, std::optional<double>(-1));
  EXPECT_DOUBLE_EQ(v.inner, 1);
}

TEST(ConfigReader, KeepsDefaults) {
  const Values v = read("number: 1");
  EXPECT_EQ(v.count, 3);
  EXPECT_FALSE(v.maybe.has_value());
  EXPECT_DOUBLE_EQ(v.inner, 0.25);
}

TEST(ConfigReader, UnknownKeyNamesLineAndNearest) {
  EXPECT_EQ(error_of("number: 1\ncuont: 2"),
            "file.yaml:2: cuont = (unknown key); expected one of number, count, flag, name, colour, list, "
            "maybe, words, unit, section; "
            "did you mean 'count'?");
}

TEST(ConfigReader, UnknownNestedKey) {
  EXPECT_EQ(error_of("number: 1\nsection:\n  iner: 0"),
            "file.yaml:3: section.iner = (unknown key); expected one of inner; did you mean 'inner'?");
}

TEST(ConfigReader, MissingRequiredKey) {
  EXPECT_EQ(error_of("count: 2"),
            "file.yaml:1: number = (missing); expected a value: this key has no default");
}

TEST(ConfigReader, WrongType) {
  EXPECT_EQ(error_of("number: fast"), "file.yaml:1: number = 'fast'; expected a number > 0");
  EXPECT_EQ(error_of("number: 1\ncount: 2.5"), "file.yaml:2: count = '2.5'; expected an integer in [1, 10]");
  EXPECT_EQ(error_of("number: 1\nflag: yes"), "file.yaml:2: flag = 'yes'; expected true or false");
  EXPECT_EQ(error_of("number: [1]"), "file.yaml:1: number = [1]; expected a number > 0");
  EXPECT_EQ(error_of("number: 1\nsection: 3"),
            "file.yaml:2: section = '3'; expected a mapping of keys to values");
  EXPECT_EQ(error_of("number: 1\nname:"), "file.yaml:2: name = (empty); expected a value");
}

TEST(ConfigReader, OutOfRange) {
  EXPECT_EQ(error_of("number: 0"), "file.yaml:1: number = '0'; expected a number > 0");
  for (const char* size : {"1e300", "1e-320"}) {
    const std::string error = error_of(std::string("number: ") + size);
    EXPECT_NE(error.find("between 1e-150 and 1e150 in size"), std::string::npos) << error;
  }
  EXPECT_EQ(error_of("number: .inf"), "file.yaml:1: number = '.inf'; expected a number > 0");
  EXPECT_EQ(error_of("number: nan"), "file.yaml:1: number = 'nan'; expected a number > 0");
  EXPECT_EQ(error_of("number: 1\nlist: [1, -2]"), "file.yaml:2: list = '-2'; expected a number >= 0");
}

TEST(ConfigReader, AnOptionalTextMayBeEmpty) {
  EXPECT_EQ(read("number: 1\nunit: ''").unit, "");
  EXPECT_NE(error_of("number: 1\nunit: [m]").find("unit = [m]"), std::string::npos)
      << error_of("number: 1\nunit: [m]");
  EXPECT_NE(error_of("number: 1\nname: ''").find("a text"), std::string::npos);
}

TEST(ConfigReader, ListsOfTexts) {
  EXPECT_TRUE(read("number: 1").words.empty());
  EXPECT_EQ(error_of("number: 1\nwords: a"), "file.yaml:2: words = 'a'; expected a list of texts");
  EXPECT_EQ(error_of("number: 1\nwords: [[a]]"), "file.yaml:2: words = [a]; expected a text");
}

TEST(ConfigReader, ChoicesAreReadBeforeAndMayLeaveKeys) {
  Values v;
  const auto choose = [&](configuration::Section& s) {
    s.choice("colour", v.colour, {{Colour::red, "red"}, {Colour::green, "green"}}, "");
    if (v.colour == Colour::green) v.count = 9;
  };
  const auto read_both = [&](const std::string& text) {
    configuration::read_config_text(
        text, "file.yaml", {}, [&](configuration::Section& s) { describe(s, v); }, choose);
  };
  read_both("number: 1\ncolour: green");
  EXPECT_EQ(v.count, 9);
  read_both("number: 1\ncolour: green\ncount: 2");
  EXPECT_EQ(v.count, 2);
  EXPECT_THROW(read_both("number: 1\nnone: 1"), base::ConfigError);
}

TEST(ConfigReader, ChoiceNamesNearest) {
  EXPECT_EQ(error_of("number: 1\ncolour: grean"),
            "file.yaml:2: colour = 'grean'; expected one of red, green; did you mean 'green'?");
}

TEST(ConfigReader, DuplicateKey) {
  EXPECT_EQ(error_of("number: 1\nnumber: 2"), "file.yaml:2: number = (given twice); expected each key once");
}

TEST(ConfigReader, NotYaml) {
  EXPECT_EQ(error_of("number: [1, 2").rfind("file.yaml:", 0), 0U);
}

TEST(ConfigReader, OverridesReplaceAndAreNamedInErrors) {
  EXPECT_DOUBLE_EQ(read("number: 1", {"section.inner=0.5", "number=3"}).inner, 0.5);
  EXPECT_DOUBLE_EQ(read("number: 1", {"number=3"}).number, 3);
  EXPECT_EQ(error_of("number: 1", {"section.inner=2"}),
            "--set section.inner=2: section.inner = '2'; expected a number in [0, 1]");
  EXPECT_EQ(error_of("number: 1", {"sektion.inner=1"}),
            "--set sektion.inner=1: sektion = (unknown key); expected one of number, count, flag, name, "
            "colour, list, maybe, words, unit, "
            "section; did you mean 'section'?");
  EXPECT_EQ(error_of("number: 1", {"number"}), "--set number: expected a.b.c=value");
  EXPECT_EQ(error_of("number: 1", {"number.deep=1"}), "--set number.deep=1: number holds a value, not keys");
}

TEST(ConfigReader, MissingFile) {
  EXPECT_THROW(configuration::read_config("no/such/file.yaml", {}, [](configuration::Section&) {}),
               base::ConfigError);
}

TEST(ConfigWriter, ReadsBackToTheSameValues) {
  Values before = read(
      "number: 0.1\nname: \"a \\\"b\\\" c\"\ncolour: green\nmaybe: 1e-140\nlist: []\nwords: [a b, \"7\"]");
  const std::string text =
      configuration::write_config([&](configuration::Section& s) { describe(s, before); }, true);
  Values after = read(text);
  EXPECT_EQ(configuration::write_config([&](configuration::Section& s) { describe(s, after); }, true), text);
  EXPECT_EQ(after.number, 0.1);
  EXPECT_EQ(after.name, "a \"b\" c");
  EXPECT_EQ(after.maybe, std::optional<double>(1e-140));
  EXPECT_TRUE(after.list.empty());
  EXPECT_EQ(after.words, (std::vector<std::string>{"a b", "7"}));
}

TEST(ConfigWriter, TextsReadBackWhateverTheyAre) {
  for (const std::string text : {"-",         "--",         "---",
                                 "null",      "Null",       "~",
                                 "yes",       "NO",         "on",
                                 "Off",       "true",       "y",
                                 "n",         "1",          "-2",
                                 "1_000",     "2.",         ".5",
                                 "1e-3",      "0x1F",       "0b1",
                                 "0o7",       ".inf",       "-.Inf",
                                 ".NaN",      "2020-01-31", "1:30",
                                 " a ",       "a: b",       "a #b",
                                 "#1",        "[",          "}",
                                 "? a",       "! a",        "& a",
                                 "* a",       "%",          "@",
                                 "`",         "'",          "\"",
                                 "\\",        "a\nb",       "\n",
                                 "a\tb",      "a\r\nb",     "a \\\n b",
                                 "\x01\x7F",  "\xC2\x85",   "a \xE2\x80\xA8 b",
                                 "\xC2\xB5m", "\xC3\xA9",   "\xFF of Latin-1"}) {
    Values before;
    before.name = text;
    before.words = {"a", text, text};
    const std::string written =
        configuration::write_config([&](configuration::Section& s) { describe(s, before); }, true);
    const Values after = read(written);
    EXPECT_EQ(after.name, text) << written;
    EXPECT_EQ(after.words, before.words) << written;
  }
}

TEST(ConfigWriter, OnlyTextsThatNeedItAreInQuotes) {
  const auto written = [](const std::string& text) {
    Values values;
    values.name = text;
    const std::string all =
        configuration::write_config([&](configuration::Section& s) { describe(s, values); });
    const std::size_t begin = all.find("name: ") + 6;
    return all.substr(begin, all.find('\n', begin) - begin);
  };
  for (const char* text :
       {"linear", "1/h", ".", "..", "--", "/a/b-c_d.csv", "y", "nobody", "2d", "2020-01", "e-3"})
    EXPECT_EQ(written(text), text);
  // Those of YAML 1.1, too, which other programs read.
  for (const std::string text : {"-", "null", "NULL", "yes", "Off", "true", "7", "1_000", "-.5", "2.", "1e-3",
                                 "1.5E-3", "0x1F", "017", ".inf", ".nan", "2020-01-31"})
    EXPECT_EQ(written(text), "\"" + text + "\"");
  EXPECT_EQ(written("a b \xC2\xB5"), "\"a b \xC2\xB5\"");
  EXPECT_EQ(written("a\nb\tc\x7F"), R"("a\u000Ab\u0009c\u007F")");
  EXPECT_EQ(written("\xC2\x85\xE2\x80\xA8"), R"("\u0085\u2028")");
}

/// A mapping for another program, and a key that no result depends on.
struct Handed {
  std::string json = "{}";
  int threads = 1;
};

void describe(configuration::Section& s, Handed& v) {
  s.json("config", v.json, "");
  s.resource().integer("threads", v.threads, configuration::at_least(1), "");
}

Handed read_handed(const std::string& text) {
  Handed values;
  configuration::read_config_text(text, "file.yaml", {},
                                  [&](configuration::Section& s) { describe(s, values); });
  return values;
}

TEST(ConfigReader, HandsMappingsOnAsJson) {
  const std::string expected =
      R"({"a": 1, "b": [1.5, 2.0, "x y", "7", null], "c": {"d": true, "e": "é\"\n"}})";
  const std::string text =
      "config:\n  c: {e: \"é\\\"\\n\", d: true}\n  b: [1.5, 2.0, x y, '7', null]\n  a: 1\n";
  Handed values = read_handed(text);
  EXPECT_EQ(values.json, expected);
  // What is written reads back to the same.
  const std::string written =
      configuration::write_config([&](configuration::Section& s) { describe(s, values); });
  EXPECT_EQ(read_handed(written).json, expected);
  EXPECT_EQ(read_handed("").json, "{}");
  EXPECT_THROW(read_handed("config: 3"), base::ConfigError);
  EXPECT_THROW(read_handed("config: [1]"), base::ConfigError);
}

TEST(ConfigWriter, LeavesOutWhatNoResultDependsOn) {
  Handed values{R"({"a": 1})", 5};
  const auto written = [&](configuration::Keys keys) {
    return configuration::write_config([&](configuration::Section& s) { describe(s, values); }, false, keys);
  };
  EXPECT_EQ(written(configuration::Keys::all), "config: {\"a\": 1}\nthreads: 5\n");
  EXPECT_EQ(written(configuration::Keys::of_results), "config: {\"a\": 1}\n");
}

}  // namespace
}  // namespace scorefem
