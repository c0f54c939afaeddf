#include "solver/weak_form.h"

#include <deal.II/base/quadrature_lib.h>

#include <algorithm>
#include <cmath>

namespace scorefem::solver {
namespace {

// Exact for a parabola times two shape functions.
dealii::QGauss<2> cell_rule(unsigned int degree) {
  return dealii::QGauss<2>(degree + 2);
}
dealii::QGauss<1> face_rule(unsigned int degree) {
  return dealii::QGauss<1>(degree + 2);
}

double length_along_flow(const WeakForm::Cell& cell) {
  return cell->extent_in_direction(0);
}

}  // namespace

double velocity(const ForwardOptions& options, double y) {
  if (options.velocity_profile == VelocityProfile::uniform) return options.peak_velocity;
  const double height = options.channel.height;
  return options.peak_velocity * 4 * y * (height - y) / (height * height);
}

WeakForm::WeakForm(const ForwardOptions& options, const dealii::FiniteElement<2>& element)
    : options_(options),
      values_(element, cell_rule(element.degree),
              dealii::update_values | dealii::update_gradients | dealii::update_hessians |
                  dealii::update_quadrature_points | dealii::update_JxW_values),
      nodal_values_(element, dealii::QGaussLobatto<2>(element.degree + 1),
                    dealii::update_values | dealii::update_gradients | dealii::update_quadrature_points |
                        dealii::update_JxW_values),
      face_values_(element, face_rule(element.degree),
                   dealii::update_values | dealii::update_quadrature_points | dealii::update_JxW_values) {}

double WeakForm::flux_scale() const {
  return options_.flux_condition == FluxCondition::gradient ? options_.diffusivity : 1.0;
}

int WeakForm::segment(const Cell& cell, unsigned int face) const {
  if (!cell->face(face)->at_boundary()) return -1;
  const Boundary boundary{cell->face(face)->boundary_id()};
  const bool upper = boundary == Boundary::upper_wall;
  const double x = cell->face(face)->center()[0];
  if ((boundary != Boundary::lower_wall && !upper) || x >= options_.channel.flux_length) return -1;
  const int along = static_cast<int>(x / options_.channel.segment_length());
  return upper ? options_.channel.segments_per_wall + along : along;
}

bool WeakForm::is_stabilised(const Cell& cell) const {
  if (options_.stabilisation != Stabilisation::automatic)
    return options_.stabilisation == Stabilisation::supg;
  const double middle = 0.5 * options_.channel.height;
  const double fastest_y = std::clamp(middle, cell->vertex(0)[1], cell->vertex(3)[1]);
  const double u = velocity(options_, fastest_y);
  return u * length_along_flow(cell) / (2 * cell->get_fe().degree * options_.diffusivity) > 1;
}

double WeakForm::tau(const Cell& cell, double u) const {
  const double half_spacing = length_along_flow(cell) / (2 * cell->get_fe().degree);
  const double peclet = u * half_spacing / options_.diffusivity;
  // coth(Pe) - 1/Pe = Pe/3 + O(Pe^3), where the difference would lose its digits.
  if (peclet < 1e-3) return half_spacing * half_spacing / (3 * options_.diffusivity);
  return half_spacing / u * (1 / std::tanh(peclet) - 1 / peclet);
}

Matrix WeakForm::test_functions(const Cell& cell, const dealii::FEValues<2>& values) const {
  const bool stabilised = is_stabilised(cell);
  Matrix test(values.dofs_per_cell, values.n_quadrature_points);
  for (const unsigned int q : values.quadrature_point_indices()) {
    const double u = velocity(options_, values.quadrature_point(q)[1]);
    const double streamline = stabilised ? tau(cell, u) * u : 0.0;
    for (const unsigned int i : values.dof_indices())
      test(i, q) = values.shape_value(i, q) + streamline * values.shape_grad(i, q)[0];
  }
  return test;
}

Matrix WeakForm::transport(const Cell& cell) {
  values_.reinit(cell);
  const Matrix test = test_functions(cell, values_);
  const double kappa = options_.diffusivity;
  const unsigned int n = values_.dofs_per_cell;
  Matrix result = Matrix::Zero(n, n);
  for (const unsigned int q : values_.quadrature_point_indices()) {
    const double u = velocity(options_, values_.quadrature_point(q)[1]);
    for (const unsigned int i : values_.dof_indices()) {
      const auto& gradient = values_.shape_grad(i, q);
      const double upwind = test(i, q) - values_.shape_value(i, q);
      for (const unsigned int j : values_.dof_indices())
        result(i, j) +=
            (u * values_.shape_grad(j, q)[0] * test(i, q) + kappa * (gradient * values_.shape_grad(j, q)) -
             kappa * trace(values_.shape_hessian(j, q)) * upwind) *
            values_.JxW(q);
    }
  }
  return result;
}

Matrix WeakForm::reaction(const Cell& cell) {
  nodal_values_.reinit(cell);
  const Matrix test = test_functions(cell, nodal_values_);
  const unsigned int n = nodal_values_.dofs_per_cell;
  Matrix result = Matrix::Zero(n, n);
  for (const unsigned int q : nodal_values_.quadrature_point_indices())
    for (const unsigned int i : nodal_values_.dof_indices())
      for (const unsigned int j : nodal_values_.dof_indices())
        result(i, j) += test(i, q) * nodal_values_.shape_value(j, q) * nodal_values_.JxW(q);
  return result;
}

Vector WeakForm::source_load(const Cell& cell, const ScalarFunction& source) {
  values_.reinit(cell);
  const Matrix test = test_functions(cell, values_);
  Vector weighted(values_.n_quadrature_points);
  for (const unsigned int q : values_.quadrature_point_indices()) {
    const auto& point = values_.quadrature_point(q);
    weighted(q) = source(point[0], point[1]) * values_.JxW(q);
  }
  return test * weighted;
}

Vector WeakForm::boundary_load(const Cell& cell, unsigned int face, const BoundaryFlux& flux) {
  face_values_.reinit(cell, face);
  const Boundary boundary{cell->face(face)->boundary_id()};
  Vector result = Vector::Zero(face_values_.dofs_per_cell);
  for (const unsigned int q : face_values_.quadrature_point_indices()) {
    const auto& point = face_values_.quadrature_point(q);
    const double weighted = flux(boundary, point[0], point[1]) * face_values_.JxW(q);
    for (const unsigned int i : face_values_.dof_indices())
      result(i) += weighted * face_values_.shape_value(i, q);
  }
  return result;
}

}  // namespace scorefem::solver
