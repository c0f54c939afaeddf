#include "pipeline/problem/channel/channel_setup.h"

namespace scorefem::problem {
namespace {

using configuration::Section;

void describe_channel(Section& s, solver::ChannelOptions& channel) {
  s.number("length", channel.length, configuration::positive(), "in x");
  s.number("height", channel.height, configuration::positive(), "in y");
  s.number("flux_length", channel.flux_length, configuration::positive(), "the flux is zero beyond");
  s.integer("segments_per_wall", channel.segments_per_wall, configuration::between(1, 1000),
            "pieces of constant flux");
  s.reject_if(channel.flux_length > channel.length, "flux_length", "at most the channel's length");
}

void describe_mesh(Section& s, solver::DiscretisationOptions& mesh) {
  s.integer("degree", mesh.degree, configuration::between(1, 12), "of the elements");
  s.integer("cells_per_segment", mesh.cells_per_segment, configuration::between(1, 1000), "along the wall");
  s.integer("cells_across", mesh.cells_across, configuration::between(2, 10000), "from wall to wall");
  s.number("grading", mesh.grading, configuration::between(1, 1000),
           "widest over narrowest cell across; 1 is uniform");
}

void describe_reaction(Section& s, solver::ReactionOptions& reaction) {
  s.number("rate", reaction.rate, configuration::non_negative(), "r of r c (1 - c / C)");
  s.number("capacity", reaction.capacity, configuration::positive(), "C, where growth stops");
}

std::vector<std::vector<double>> rows_of(const std::vector<solver::DiscretisationOptions>& list) {
  std::vector<std::vector<double>> rows;
  for (const solver::DiscretisationOptions& mesh : list) {
    rows.push_back({static_cast<double>(mesh.degree), static_cast<double>(mesh.cells_per_segment),
                    static_cast<double>(mesh.cells_across), mesh.grading});
  }
  return rows;
}

void describe_meshes(Section& s, std::vector<solver::DiscretisationOptions>& list) {
  std::vector<std::vector<double>> rows = rows_of(list);
  s.table("discretisations", rows, {"degree", "cells_per_segment", "cells_across", "grading"},
          "coarsest first");
  s.reject_if(rows.empty(), "discretisations", "at least one");
  list.clear();
  for (const std::vector<double>& row : rows) {
    solver::DiscretisationOptions mesh{static_cast<int>(row[0]), static_cast<int>(row[1]),
                                       static_cast<int>(row[2]), row[3]};
    const bool whole =
        mesh.degree == row[0] && mesh.cells_per_segment == row[1] && mesh.cells_across == row[2];
    s.reject_if(!whole, "discretisations", "integers but for the grading");
    mesh.validate();
    list.push_back(mesh);
  }
}

}  // namespace

void ChannelSetup::describe(Section& s) {
  using solver::FluxCondition;
  using solver::Parallel;
  using solver::Stabilisation;
  using solver::VelocityProfile;
  s.number("diffusivity", forward_.diffusivity, configuration::positive(), "kappa");
  s.number("peak_velocity", forward_.peak_velocity, configuration::non_negative(),
           "u_max of the parabolic profile");
  s.choice("velocity_profile", forward_.velocity_profile,
           {{VelocityProfile::parabolic, "parabolic"}, {VelocityProfile::uniform, "uniform"}},
           "over the channel's height");
  s.choice("flux_condition", forward_.flux_condition,
           {{FluxCondition::diffusive, "diffusive"}, {FluxCondition::gradient, "gradient"}},
           "diffusive: kappa dc/dn = q; gradient: dc/dn = q");
  if (is_curved())
    s.section(
        "reaction", [&](Section& r) { describe_reaction(r, forward_.reaction); }, "");
  s.section(
      "channel", [&](Section& c) { describe_channel(c, forward_.channel); }, "");
  s.section(
      "discretisation", [&](Section& d) { describe_mesh(d, forward_.discretisation); }, "");
  s.choice("stabilisation", forward_.stabilisation,
           {{Stabilisation::none, "none"}, {Stabilisation::supg, "supg"}, {Stabilisation::automatic, "auto"}},
           "against oscillations at high cell Peclet numbers");
  s.choice("parallel", forward_.parallel, {{Parallel::samples, "samples"}, {Parallel::domain, "domain"}},
           "what several ranks share: the samples or one mesh");
  if (forward_.parallel == solver::Parallel::domain) {
    s.resource().integer(
        "ranks_per_mesh", forward_.ranks_per_mesh, configuration::at_least(0),
        "groups of so many ranks have a mesh each and share the samples; 0: all share one mesh");
  }
  s.flag("discretisation_check", discretisation_check_,
         "measure the error on a refined mesh, which takes some times its memory");
  forward_.validate();
}

void ChannelSetup::describe_sections(Section& root) {
  root.section(
      "sensors", [&](Section& s) { sensors_.describe(s, forward_.channel); }, "");
}

void ChannelSetup::describe_studies(Section& root) {
  root.section(
      "convergence",
      [&](Section& s) {
        s.integer("samples", convergence_samples_, configuration::at_least(1),
                  "test samples whose error is measured");
        describe_meshes(s, convergence_list_);
      },
      "");
}

}  // namespace scorefem::problem
