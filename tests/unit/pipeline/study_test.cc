#include "pipeline/study/load_study.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pipeline/base/errors.h"
#include "pipeline/problem/channel/channel_setup.h"

namespace scorefem {
namespace {

const char* const kMinimal =
    "study: tiny\nseed: 3\nforward: {problem: linear}\nnoise: {relative: 0.1}\ndata: {train: 20, test: 10, "
    "fields: 1}\n"
    "sampling: {measurements: 5}\n";

class StudyTest : public testing::Test {
 protected:
  StudyTest()
      : path_((std::filesystem::temp_directory_path() / ("study-" + std::to_string(::getpid()) + ".yaml"))
                  .string()) {}
  ~StudyTest() override { std::filesystem::remove(path_); }

  study::Study load(const std::string& text, const std::vector<std::string>& overrides = {}) {
    std::ofstream(path_) << text;
    return study::load_study(path_, overrides);
  }
  bool rejected(const std::string& override_text) {
    try {
      load(kMinimal, {override_text});
      return false;
    } catch (const base::ConfigError&) {
      return true;
    }
  }

  std::string path_;
};

TEST_F(StudyTest, ReactionProblemIsCentredOnAQuadraticRegressionUnlessToldOtherwise) {
  const auto centre = [this](const std::vector<std::string>& overrides) {
    const study::Study study = load(kMinimal, overrides);
    EXPECT_EQ(load(study::resolved_configuration(study)).model.centre, study.model.centre);
    return study.model.centre;
  };
  EXPECT_EQ(centre({}), diffusion::Centre::linear);
  EXPECT_EQ(centre({"forward.problem=reaction"}), diffusion::Centre::quadratic);
  EXPECT_EQ(centre({"forward.problem=reaction", "model.centre=linear"}), diffusion::Centre::linear);
}

TEST_F(StudyTest, DefaultsAreThoseOfTheProblem) {
  const study::Study linear = load(kMinimal);
  const auto options = [](const study::Study& study) {
    return dynamic_cast<const problem::ChannelSetup&>(*study.forward).options();
  };
  EXPECT_EQ(options(linear).diffusivity, 0.03);
  EXPECT_EQ(options(linear).peak_velocity, 0.1);
  EXPECT_EQ(linear.output, "runs/tiny");
  EXPECT_EQ(linear.forward->observations().size(), 30);
  EXPECT_EQ(linear.reference.measurements, 10);
  const study::Study reaction = load(kMinimal, {"forward.problem=reaction", "data.test=100"});
  EXPECT_EQ(reaction.reference.measurements, 50);
  EXPECT_EQ(options(reaction).diffusivity, 4);
  EXPECT_EQ(options(reaction).peak_velocity, 12);
}

TEST_F(StudyTest, ResolvedConfigurationReadsBack) {
  const study::Study study =
      load(kMinimal, {"forward.problem=reaction", "forward.reaction.rate=1.25", "sensors.rows=[0.5]"});
  const std::string resolved = study::resolved_configuration(study);
  const study::Study again = load(resolved);
  EXPECT_EQ(study::resolved_configuration(again), resolved);
  EXPECT_EQ(study::sampling_inputs(again), study::sampling_inputs(study));
}

TEST_F(StudyTest, InputsOfAStageHoldWhatItDependsOn) {
  const study::Study a = load(kMinimal);
  const study::Study noise = load(kMinimal, {"noise.relative=0.2"});
  EXPECT_EQ(study::dataset_inputs(a), study::dataset_inputs(noise));
  EXPECT_NE(study::training_inputs(a), study::training_inputs(noise));
  const study::Study range = load(kMinimal, {"training.noise_range=[0.01, 1]"});
  const study::Study range_noise = load(kMinimal, {"training.noise_range=[0.01, 1]", "noise.relative=0.2"});
  EXPECT_EQ(study::training_inputs(range), study::training_inputs(range_noise));
  EXPECT_NE(study::sampling_inputs(range), study::sampling_inputs(range_noise));
  const study::Study samples = load(kMinimal, {"sampling.samples=7"});
  EXPECT_EQ(study::training_inputs(a), study::training_inputs(samples));
  EXPECT_NE(study::sampling_inputs(a), study::sampling_inputs(samples));
  const study::Study threads = load(kMinimal, {"resources.threads=1"});
  EXPECT_EQ(study::sampling_inputs(a), study::sampling_inputs(threads));
  const study::Study model = load(kMinimal, {"model.width=7", "training.epochs=3", "sampling.samples=7"});
  EXPECT_EQ(study::reference_inputs(a), study::reference_inputs(model));
  EXPECT_NE(study::reference_inputs(a), study::reference_inputs(noise));
  EXPECT_NE(study::reference_inputs(a), study::reference_inputs(load(kMinimal, {"reference.chains=5"})));
  const study::Study renamed = load(kMinimal, {"study=other"});
  EXPECT_EQ(study::sampling_inputs(a), study::sampling_inputs(renamed));
}

TEST_F(StudyTest, DefaultsFollowTheChoices) {
  const study::Study paper = load(kMinimal, {"model.network=mlp"});
  EXPECT_EQ(paper.training.epochs, 10000);
  EXPECT_EQ(paper.sampling.sampler.method, diffusion::Method::rk45);
  EXPECT_EQ(load(kMinimal, {"model.network=mlp", "training.epochs=7"}).training.epochs, 7);
  EXPECT_EQ(load(kMinimal).training.weight_decay, 0);
  EXPECT_EQ(load(kMinimal, {"model.layers=residual"}).training.weight_decay, 0.02);
  EXPECT_EQ(load(kMinimal, {"data.test=1000000"}).reference.measurements, 1000);
  EXPECT_TRUE(load(kMinimal, {"prior.clip=true"}).model.positive);
  EXPECT_FALSE(load(kMinimal, {"prior.clip=false"}).model.positive);
}

TEST_F(StudyTest, CornerPlotOfChosenUnknowns) {
  const study::Study plain = load(kMinimal);
  EXPECT_EQ(study::resolved_configuration(plain).find("corner"), std::string::npos);
  const study::Study study = load(kMinimal, {"report.corner=[lower 3, upper 1]"});
  EXPECT_EQ(study.report.corner, (std::vector<std::string>{"lower 3", "upper 1"}));
  EXPECT_EQ(load(study::resolved_configuration(study)).report.corner, study.report.corner);
  EXPECT_EQ(study::sampling_inputs(study), study::sampling_inputs(plain));
  EXPECT_NE(study::evaluation_inputs(study), study::evaluation_inputs(plain));
  EXPECT_EQ(study::evaluation_inputs(plain), study::sampling_inputs(plain));
  EXPECT_TRUE(rejected("report.corner=[lower 1, lower 1]"));
  EXPECT_TRUE(rejected("report.corner=[a, b, c, d, e, f, g, h, i]"));
  try {
    load(kMinimal, {"report.corner=[lower 3, uper 2]"});
    FAIL() << "an unknown that is not there";
  } catch (const base::InputError& error) {
    const std::string message = error.what();
    for (const char* word :
         {"report.corner", "'uper 2'", "lower 1, lower 2", "upper 15", "did you mean 'upper 2'?"})
      EXPECT_NE(message.find(word), std::string::npos) << message;
  }
}

TEST_F(StudyTest, WhatDoesNotFitTheProblemIsRejectedWithItsLine) {
  const auto message = [this](const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
      load(text, overrides);
    } catch (const base::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("(no error)");
  };
  const std::string no_noise =
      "study: tiny\nseed: 3\nforward: {problem: linear}\ndata: {train: 20, test: 10}\n";
  const std::string wrong_sd = no_noise + "noise:\n  model: per_observation\n  sd: [1, 2]\n";
  EXPECT_EQ(message(wrong_sd).rfind(path_ + ":7: noise.sd = 2 numbers; expected ", 0), 0U)
      << message(wrong_sd);
  const std::string unknown =
      std::string(kMinimal) + "prior:\n  model: independent\n  components:\n    - {name: lower 1}\n";
  EXPECT_EQ(message(unknown).rfind(path_ + ":10: prior.components = 1 entries; expected ", 0), 0U)
      << message(unknown);
  const std::string corner = "report.corner=[nothing]";
  EXPECT_EQ(message(kMinimal, {corner}).rfind("--set " + corner + ": report.corner: no unknown", 0), 0U)
      << message(kMinimal, {corner});
  // Not given: the section, or else the file.
  const std::string given = "prior={model: independent, distribution: normal}";
  EXPECT_EQ(
      message(kMinimal, {"forward.problem=reaction", given}).rfind("--set " + given + ": prior.model", 0),
      0U);
}

TEST_F(StudyTest, RejectsWhatCannotBe) {
  EXPECT_FALSE(rejected("seed=4"));
  EXPECT_TRUE(rejected("seed=-1"));
  EXPECT_TRUE(rejected("forward.diffusivity=0"));
  EXPECT_TRUE(rejected("forward.flux_condition=robin"));
  EXPECT_TRUE(rejected("forward.channel.flux_length=9"));
  EXPECT_TRUE(rejected("noise.absolute=1"));
  EXPECT_TRUE(rejected("noise={}"));
  EXPECT_TRUE(rejected("sensors.spacing=1"));        // the last one would be at 14.5
  EXPECT_TRUE(rejected("sensors.rows=[0.5, 2.5]"));  // above the channel
  EXPECT_TRUE(rejected("sensors.rows=[]"));
  EXPECT_TRUE(rejected("data.train=1"));
  EXPECT_TRUE(rejected("data.fields=11"));
  EXPECT_TRUE(rejected("data.mask_probability=0"));
  EXPECT_TRUE(rejected("data.mask_probability=0.7"));  // needs model.masked
  EXPECT_TRUE(rejected("sampling.measurements=11"));
  EXPECT_TRUE(rejected("process={family: vp, k: 0}"));
  EXPECT_TRUE(rejected("process={family: ve_linear, s_min: 2, s_max: 1}"));
  EXPECT_TRUE(rejected("training.noise_range=[0.1]"));
  EXPECT_TRUE(rejected("reference.measurements=11"));
  EXPECT_TRUE(rejected("reference.samples=8001"));  // more than the chains' draws
  EXPECT_TRUE(rejected("reference.rhat=1"));
  EXPECT_TRUE(rejected("reference.max_iterations=999"));
  EXPECT_TRUE(rejected("study=a/b"));
}

}  // namespace
}  // namespace scorefem
