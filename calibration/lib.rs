//! Pixels to millimetres: lens, plane, flat field, regions. Never a part or a model.
