//! Pixels to scores: bundles, sessions, preprocessing. Never a part, a camera or a clock.
