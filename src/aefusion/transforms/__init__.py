"""What the fusion algorithms are built of: transforms, filters, and solvers, a file each.

Pictures are float32 (H, W); what a file's functions expect beyond that stands in their docstrings. Nothing here knows
of a fusion method.

- pyramids and wavelets: `pyramid` (Gaussian), `dual_tree` (complex wavelets), `contourlet` (nonsubsampled), `curvelet`;
  `selection_rules` chooses between the coefficients of two sources
- of pictures: `blend` (by shares, band by band), `within_range` (limits what comes of that)
- filters that keep edges: `guided_filter`, `bilateral_filter`, `hybrid_layers` (both kinds of layers, and their fusion)
- parts and sizes: `split_low_high`, `half_spectrum`, `cubic_resize`, `gray_levels` ([0, 1] and 0..255), `patches`
- weights and saliency: `principal_component_weights`, `perceptual_saliency`, `dense_sift`
- sparse coding: `omp` (a few atoms), `matching_pursuit` (to a small error), `joint_sparse`, `sparse_low_pass`,
  `convolutional_sparse`
- solvers: `total_variation_l1`, `latent_low_rank`
- learned from pictures: `learned_arrays` and `patch_dictionary` (what is shipped), `learn_dictionary`
- of others: `pretrained_features` (the first layers of VGG-19 and ResNet-50, with weights that the user has)
"""
